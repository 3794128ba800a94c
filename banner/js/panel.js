// The preferences as a modal dialog. Loaded when a visitor opens them.

/** Sets each category's "allow all" box from the boxes of its services. */
const syncBoxes = (dialog) => {
  for (const all of dialog.querySelectorAll("[data-all]")) {
    const boxes = [...all.closest("fieldset").querySelectorAll("[name=allow]")];
    const on = boxes.filter((b) => b.checked).length;
    all.checked = on == boxes.length;
    all.indeterminate = on && !all.checked;
    all.parentNode.hidden = false;
  }
};

/**
 * Says the outcome once more, a moment later: behind a modal dialog the status was inert, and what it
 * held as it came back is nothing new to a screen reader.
 */
const announceLater = () => {
  const status = $("fcc-s");
  if (!status) return;
  status.textContent = "";
  setTimeout(() => (status.textContent = status.dataset.saved), 150);
};

/**
 * Sends what the dialog says, by the page's own script, which the server answers.
 * @param {SubmitEvent} e
 */
const answer = (e) => {
  e.preventDefault();
  const form = e.target;
  const boxes = [...form.querySelectorAll("[name=allow]")];
  const { value } = e.submitter;
  const { confirm } = form.elements;
  // Opting in again after an opt-out takes two steps (11 CCR 7028(a)).
  const again = value == "accept" || boxes.some((b) => b.checked && "sale" in b.dataset);
  if (confirm && !confirm.checked && value != "reject" && again) return confirm.focus();
  form.closest("dialog").close();
  if (value == "save") api.save(boxes.filter((b) => b.checked).map((b) => b.value), form);
  else api[value](form);
  announceLater();
  withdrawn ||= boxes.some((b) => b.defaultChecked && !api.allows(b.value));
};

/**
 * Opens the preferences; if the dialog cannot be had, goes to their page.
 * @param {HTMLAnchorElement} [link] to that page
 */
const show = (link = document.querySelector("[data-fcc]")) => {
  if ($("fcc-d")) return;
  const request = new XMLHttpRequest();
  request.onloadend = () => {
    const dialog = request.response?.querySelector("dialog");
    if (!dialog) return location.assign(link);
    if ($("fcc-d")) return;
    if (!styled) style(request.response.querySelector("script").textContent);
    styled = true;
    document.body.append(document.adoptNode(dialog));
    if (!$("fcc-s")) document.body.append(document.adoptNode(request.response.querySelector("#fcc-s")));
    if (ELSEWHERE)
      for (const box of dialog.querySelectorAll("[name=allow]"))
        box.checked = box.defaultChecked = api.allows(box.value); // the server may not know
    dialog.onchange = ({ target }) => {
      if ("all" in target.dataset)
        for (const box of target.closest("fieldset").querySelectorAll("[name=allow]")) box.checked = target.checked;
      syncBoxes(dialog);
    };
    dialog.onclick = ({ target }) => {
      if (target.matches(".fcc-x")) dialog.close();
    };
    dialog.onsubmit = answer;
    dialog.onclose = () => dialog.remove();
    syncBoxes(dialog);
    dialog.showModal();
  };
  request.open("GET", link.href.replace(/preferences($|\?)/, "dialog$1"));
  request.responseType = "document";
  request.withCredentials = ELSEWHERE;
  request.send();
};
let styled;
