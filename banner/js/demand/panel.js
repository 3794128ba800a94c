// The preferences as a modal dialog. Loaded when a visitor opens them.

import { $, document, LINK } from "../lib/dom.js";
import { styleAnywhere } from "../lib/style-anywhere.js";
import { languageAt } from "./language.js";
import { BASE, consent, ELSEWHERE } from "./page.js";

/** The boxes of a category's services. @param {Element} all the category's own */
const servicesOf = (all) => all.closest("fieldset").querySelectorAll("[name=allow]");

/** Sets each category's box from the boxes of its services. */
const syncBoxes = (dialog) => {
  for (const all of dialog.querySelectorAll("[data-all]")) {
    const boxes = [...servicesOf(all)];
    const on = boxes.filter((b) => b.checked).length;
    all.checked = on == boxes.length;
    all.indeterminate = on && !all.checked;
  }
};

/** Leaves it to the boxes of services to say what is allowed: with scripts they follow their category's. */
const takeOver = (dialog) => {
  for (const all of dialog.querySelectorAll("[data-all]")) {
    all.removeAttribute("name");
    if (all.checked) for (const box of servicesOf(all)) box.checked = true;
  }
};

/**
 * Says the outcome once more, a moment later: behind a modal dialog the status was inert, and what it
 * held as it came back is nothing new to a screen reader.
 */
const announceLater = () => {
  const status = $("p#fcc-status");
  if (!status) return;
  status.textContent = "";
  setTimeout(() => (status.textContent = status.dataset.saved), 150);
};

/**
 * Sends what the dialog says, by the page's own script, which the server answers.
 * @param {any} e the form's submit event
 */
const answer = (e) => {
  if (!e.submitter) return; // Safari before 15.4: the form does it by itself
  e.preventDefault();
  const form = e.target;
  const boxes = [...form.querySelectorAll("[name=allow]")];
  const { value } = e.submitter;
  const { confirm } = form.elements;
  // Opting in again after an opt-out takes two steps (11 CCR 7028(a)).
  const again = value == "accept" || boxes.some((b) => b.checked && "sale" in b.dataset);
  if (confirm && !confirm.checked && value != "reject" && again) return confirm.focus();
  form.closest("dialog").close();
  if (value == "save") consent.save(boxes.filter((b) => b.checked).map((b) => b.value), form);
  else consent[value](form);
  announceLater();
};

/** @type {HTMLDialogElement | undefined} */
let dialog;

/**
 * Opens the preferences; if the dialog cannot be had, goes to their page. Both are the server's own:
 * any link may call itself one to them.
 * @param {HTMLAnchorElement} [link] whose query says the language, or whose place in the page
 */
export const openPreferences = (link) => {
  if (dialog?.isConnected) return;
  // An event is no link: our API may be a listener.
  const from = link?.href ? link : $(LINK);
  const query = new URLSearchParams(from?.search);
  if (!query.get("language")) query.set("language", languageAt(from));
  const [url, page] = ["dialog", "preferences"].map((name) => new URL(`${name}?${query}`, BASE));
  const request = new XMLHttpRequest();
  request.onloadend = () => {
    const { response } = request;
    const found = request.responseURL == /** @type {any} */ (url) && response?.querySelector("dialog");
    if (!found) return location.assign(page);
    if (dialog?.isConnected) return;
    if (!dialog) styleAnywhere(response.querySelector("script").textContent);
    dialog = found;
    document.body.append(dialog);
    if (!$("p#fcc-status")) document.body.append(response.querySelector("#fcc-status"));
    takeOver(dialog);
    if (ELSEWHERE)
      for (const box of dialog.querySelectorAll("[name=allow]")) box.checked = consent.allows(box.value); // the server may not know
    dialog.onchange = (/** @type {any} */ { target }) => {
      if ("all" in target.dataset)
        for (const box of servicesOf(target)) box.checked = target.checked;
      syncBoxes(dialog);
    };
    dialog.onclick = (/** @type {any} */ { target }) => {
      if (target.matches(".fcc-x")) dialog.close();
    };
    dialog.onsubmit = answer;
    dialog.onclose = () => dialog.remove();
    syncBoxes(dialog);
    dialog.showModal();
  };
  request.open("GET", url);
  request.responseType = "document";
  request.withCredentials = ELSEWHERE;
  request.send();
};
