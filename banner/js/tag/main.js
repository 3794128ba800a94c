// For the script tag alone, and for pages without inline code: the script brings the style, and
// the first layer as a tree of [tag, attributes, ...children] where the page has none.

import { CSS, OPT_OUT_REGIME, TREE } from "#config";
import { more } from "#transport";
import { newId, now, REFUSED } from "../core/choice.js";
import { api, changed, follow } from "../core/consent.js";
import { report } from "../core/report.js";
import { adopt, current } from "../core/rules.js";
import { start } from "../core/start.js";
import { $, document, has, HERE } from "../lib/dom.js";
import { place } from "../lib/place.js";
import { style } from "../lib/style.js";

/** @param {string | [string, Record<string, string>, ...any[]]} node @returns {string | HTMLElement} */
const build = (node) => {
  if (typeof node == "string") return node;
  const [tag, attributes, ...children] = node;
  const el = document.createElement(tag);
  for (const name in attributes)
    el.setAttribute(name, /href|action/.test(name) ? /** @type {any} */ (new URL(attributes[name], HERE)) : attributes[name]);
  el.append(...children.map(build));
  return el;
};

const mount = () => {
  try {
    style(CSS);
  } catch {} // Safari before 16.4 shows it without
  api.here = HERE;
  if (TREE[0]) {
    $("section#fcc")?.remove(); // of a cached page that cannot know the visitor's regime
    $("p#fcc-status")?.remove();
    const put = () => document.body.prepend(...TREE.map(build));
    const stand = () => place($("section#fcc"));
    // It is in the browser's language, unless this script's address says one; the page may have another.
    if ($("__FOREIGN__")) {
      more()
        .then(() => api.bring())
        .catch(put)
        .then(stand);
    } else {
      put();
      stand();
    }
  }
  start();
  // Where nobody is asked, the signal is put down: its absence later is no consent.
  if (OPT_OUT_REGIME && REFUSED[0] && !document.prerendering && !/[go]/i.test(current.letter)) {
    report(adopt({ ...current, time: now(), letter: "g", state: "0", id: newId() })).then(follow);
    changed();
  }
};

if (!has("cookieConsent")) {
  window.cookieConsent = api;
  if (document.body) mount();
  else addEventListener("DOMContentLoaded", mount); // a tag in the head without `defer`
}
