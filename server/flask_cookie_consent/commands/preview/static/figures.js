// What is measured in the frame, as tables and lists.

/**
 * An element with children, or with text.
 * @param {string} tag @param {Record<string, string>} [attributes] @param {...(string | Node)} children
 */
const make = (tag, attributes = {}, ...children) => {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) el.setAttribute(name, value);
  el.append(...children);
  return el;
};

const verdict = (passes, text) => make("span", { class: passes ? "good" : "bad" }, text);

const none = () => make("p", { class: "note" }, "Nothing to measure here.");
const isFair = (surface) => !surface.compared.some((c) => c.weaker);

const swatches = (...colours) => {
  const boxes = colours.map((colour) => {
    const box = make("i");
    box.style.background = colour;
    return box;
  });
  return make("span", { class: "colours", "aria-hidden": "true" }, ...boxes);
};

const contrasts = ({ contrasts, targets }) => {
  const head = make("tr", {}, ...["Part", "measured", "needed"].map((text) => make("th", { scope: "col" }, text)));
  const rows = contrasts.map((c) =>
    make(
      "tr",
      {},
      make("th", { scope: "row" }, swatches(c.foreground, c.background), `${c.part}, ${c.kind == "text" ? "text" : "shape"}`),
      make("td", { class: c.passes ? "good" : "bad" }, c.ratio === null ? "not known" : `${c.ratio}:1`),
      make("td", {}, `${c.required}:1`),
    ),
  );
  const sizes = targets.map((t) =>
    make(
      "tr",
      {},
      make("th", { scope: "row" }, `${t.part}, target`),
      make("td", { class: t.passes ? "good" : "bad" }, `${Math.round(t.width)} × ${Math.round(t.height)}`),
      make("td", {}, `${t.required} px`),
    ),
  );
  return make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows, ...sizes));
};

const compared = (surface) => {
  const differing = surface.compared.filter((c) => !c.equal);
  const item = (c) => make("li", { class: c.weaker ? "bad" : "good" }, `${c.property}: ${c.accept} / ${c.reject}`);
  const same = surface.compared.length - differing.length;
  const summary = make("summary", {}, `The same in ${same} of ${surface.compared.length} measured ways`);
  const list = make("ul", {}, ...surface.compared.filter((c) => c.equal).map(item));
  return make(
    "div",
    {},
    make("p", { class: isFair(surface) ? "good" : "bad" }, isFair(surface) ? "Refusing is no weaker than accepting." : "Refusing is weaker than accepting."),
    ...(differing.length ? [make("ul", {}, ...differing.map(item))] : []),
    make("details", {}, summary, list),
  );
};

const signs = ({ signs }) => {
  const wording = { true: "Words that they look for", false: "Not the words that they look for" };
  return make(
    "ul",
    {},
    make("li", { class: signs.fixed && signs.above ? "good" : "bad" }, "Laid over the page"),
    make("li", { class: signs.buttons.length > 1 ? "good" : "bad" }, `Real buttons: ${signs.buttons.join(", ") || "none"}`),
    signs.wording === null
      ? make("li", {}, "Words: only checked in English")
      : make("li", { class: signs.wording ? "good" : "bad" }, wording[signs.wording]),
  );
};
