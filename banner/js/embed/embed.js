// Embedded content behind placeholders: loads one without a choice, or allows its service for good.
// Without this script a placeholder has links alone.

import { document, has, HERE } from "../lib/dom.js";
import { styleAnywhere } from "../lib/style-anywhere.js";

/** The page's own script, once that is there. @returns {any} */
const pageConsent = () => has("cookieConsent") && window.cookieConsent;

let styled, shown;

/** Shows the buttons, which need the page's own script. */
const showButtons = () => {
  if (pageConsent() && !shown) styleAnywhere(".fcc-p .fcc-w{visibility:visible!important}");
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
      const [placeholder, sizer] = made.children;
      box.querySelector(":scope>template")?.after(placeholder);
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
  for (const placeholder of document.querySelectorAll(".fcc-e>.fcc-p:not(template+.fcc-p)")) {
    const { parentElement: box, dataset } = placeholder;
    if (once.has(box) || pageConsent().allows(dataset.allow)) continue;
    const template = document.createElement("template");
    template.dataset.consent = dataset.allow;
    template.content.append(...[...box.childNodes].filter((node) => node != placeholder && !node.matches?.(".fcc-z")));
    placeholder.before(template);
  }
};

/** What a visitor saw, as a form that is in no page. @param {HTMLElement} placeholder */
const evidence = ({ lang: language, dataset: { snapshot } }) => {
  const form = document.createElement("form");
  for (const [name, value] of Object.entries({ language, snapshot }))
    form.append(Object.assign(document.createElement("input"), { name, value }));
  return form;
};

if (!has("fccEmbed")) {
  window.fccEmbed = true; // each embed brings this script
  addEventListener(
    "click",
    (/** @type {any} */ e) => {
      const button = e.composedPath()[0].closest?.(".fcc-e>template+.fcc-p button");
      if (!button) return;
      const placeholder = button.closest(".fcc-p");
      const { parentElement: box, previousElementSibling: template, dataset } = placeholder;
      // The button that has the focus goes with its placeholder: what comes in its place takes it.
      box.tabIndex = -1;
      box.focus({ preventScroll: true });
      if (!button.value) return pageConsent().add([dataset.allow], evidence(placeholder));
      // It waits for what is always allowed from now on. Put back, it is seen as a new one.
      template.dataset.consent = button.value;
      once.add(box);
      placeholder.before(template);
    },
    true, // whatever the page does with clicks in its own form
  );
  addEventListener("consent:change", unload);
  showButtons();
  addEventListener("DOMContentLoaded", showButtons);
  addEventListener("load", showButtons);
  fill();
  new MutationObserver(fill).observe(window.document, { childList: true, subtree: true });
}
