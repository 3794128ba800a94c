// Keeps the page "What happens here" up to date: asks once a second, and writes what has changed.
(() => {
  const page = document.querySelector("[data-live]");
  const { live, yes, no } = page.dataset;
  let shown = "";

  /** Whether scripts see a cookie, which only a script can tell. */
  const visible = (name) => document.cookie.split("; ").some((c) => c.startsWith(`${name}=`));

  const cell = (text, state) => {
    const td = document.createElement("td");
    const span = document.createElement("span");
    span.textContent = text;
    if (state) span.className = `state ${state}`;
    td.append(span);
    return td;
  };

  const row = ({ cells, state }, name, known) => {
    const tr = document.createElement("tr");
    tr.append(...cells.map((text, i) => cell(text, i == cells.length - 1 ? state : "")));
    if (name == "cookies") tr.append(cell(visible(cells[0]) ? yes : no));
    if (known && !known.has(tr.textContent)) tr.className = "new";
    return tr;
  };

  const write = ({ facts, tables, given, answers }, first) => {
    for (const [name, text] of Object.entries(facts))
      for (const el of page.querySelectorAll(`[data-fact=${name}]`))
        if (el.textContent != text) el.textContent = text;
    for (const [name, rows] of Object.entries(tables)) {
      const table = page.querySelector(`[data-table=${name}]`);
      const body = table.tBodies[0];
      const known = first ? null : new Set([...body.rows].map((r) => r.textContent));
      body.replaceChildren(...rows.map((r) => row(r, name, known)));
      table.hidden = !rows.length;
      page.querySelector(`[data-empty=${name}]`)?.toggleAttribute("hidden", !!rows.length || !answers);
    }
    page.querySelector("[data-off]").hidden = answers;
  };

  const look = async () => {
    if (document.hidden) return;
    const answer = await fetch(live, { cache: "no-store" });
    const text = await answer.text();
    const now = text + document.cookie;
    if (now != shown) write(JSON.parse(text), !shown);
    shown = now;
  };

  // One look after another, so that a slow answer never overtakes a later one.
  const again = () => look().catch(() => {}).then(() => setTimeout(again, 1000));
  again();
})();
