// Embedded content behind placeholders: loads one without a choice, or allows its service for good.
// Without this script the placeholder's form does the latter by itself.

import { document, has, HERE } from "../lib/dom.js";
import { styleAnywhere } from "../lib/style-anywhere.js";

/** A placeholder that stands for something still. */
const WAITING = ".fcc-e>template+form";

/**
 * The button that has the focus goes with its form: what comes in its place takes it.
 * @param {HTMLFormElement} form
 */
const keepFocus = ({ parentElement: box }) => {
  box.tabIndex = -1;
  box.focus({ preventScroll: true });
};

/** The page's own script, once that is there. @returns {any} */
const pageConsent = () => has("cookieConsent") && window.cookieConsent;

let styled, shown;

/** Shows the buttons that need the page's own script. */
const showButtons = () => {
  if (pageConsent() && !shown) styleAnywhere(".fcc-e .fcc-w{visibility:visible!important}");
  shown ||= pageConsent();
};

/** Fetches the placeholders of boxes that the server did not render. */
const fill = () => {
  for (const box of document.querySelectorAll(".fcc-e[data-embed]:not(form)")) {
    const { embed, ...said } = box.dataset;
    delete box.dataset.embed;
    if (!/^[\w-]+$/.test(embed)) continue; // the id of a service, and no way to another page
    const query = new URLSearchParams({ language: box.closest("[lang]")?.lang || "", ...said });
    const url = new URL(`embed/${embed}?${query}`, HERE);
    const request = new XMLHttpRequest();
    request.onload = () => {
      const made = request.status == 200 && request.responseURL == /** @type {any} */ (url) && request.response.querySelector("div");
      if (!made) return; // the template still waits
      if (!styled) styleAnywhere(request.response.querySelector("script").textContent);
      styled = true;
      for (const name of ["role", "aria-label"]) box.setAttribute(name, made.getAttribute(name));
      const [form, sizer] = made.children;
      box.querySelector(":scope>template")?.after(form);
      box.append(sizer);
    };
    request.open("GET", url);
    request.responseType = "document";
    request.send();
  }
};

/** Boxes whose content a visitor has loaded without allowing its service. */
const once = new WeakSet();

/** Takes out the content of boxes whose service is not allowed any more; the placeholder is back. */
const unload = () => {
  for (const form of document.querySelectorAll(".fcc-e>form:not(template+form)")) {
    const { parentElement: box, allow } = form;
    if (once.has(box) || pageConsent().allows(allow.value)) continue;
    const template = document.createElement("template");
    template.dataset.consent = allow.value;
    template.content.append(...[...box.childNodes].filter((node) => node != form && !node.matches?.(".fcc-z")));
    form.before(template);
  }
};

if (!has("fccEmbed")) {
  window.fccEmbed = true; // each embed brings this script
  addEventListener("click", (/** @type {any} */ e) => {
    const button = e.composedPath()[0].closest?.(WAITING + " [type=button]");
    if (!button) return;
    const { form } = button;
    const template = form.previousElementSibling;
    keepFocus(form);
    // It waits for what is always allowed from now on. Put back, it is seen as a new one.
    template.dataset.consent = button.value;
    once.add(form.parentElement);
    form.before(template);
  });
  addEventListener(
    "submit",
    (/** @type {any} */ e) => {
      const form = e.target;
      if (!pageConsent() || !form.matches?.(WAITING)) return;
      e.stopPropagation(); // on its way down: htmx would send the form as well
      e.preventDefault();
      keepFocus(form);
      pageConsent().add([form.allow.value], form);
    },
    true,
  );
  addEventListener("consent:change", unload);
  showButtons();
  addEventListener("DOMContentLoaded", showButtons);
  addEventListener("load", showButtons);
  fill();
  new MutationObserver(fill).observe(window.document, { childList: true, subtree: true });
}
