// The page's own script, `window.cookieConsent`: every choice goes through here, whether it is made on
// this page or elsewhere.

import { more } from "#transport";
import { $, HERE, LINK } from "../lib/dom.js";
import { encode, newId, now, read, state, without } from "./choice.js";
import { jar, lost } from "./cookie.js";
import { announce, refresh } from "./layer.js";
import { mayRun, ran, releaseAll } from "./release.js";
import { pending, report } from "./report.js";
import { adopt, allows, answers, current, deliberate, known, tokensOf } from "./rules.js";

export const changed = () => {
  // Before anything is released, so that a listener can prepare what released scripts read.
  dispatchEvent(new CustomEvent("consent:change", { detail: api }));
  if (api.stale[0]) more(); // offers to reload
  releaseAll();
};

/**
 * Follows the cookie: at the start, after the server's answer, after another tab's choice, after the
 * back button.
 * @param {Event | void} e tells of what was chosen elsewhere
 */
export const follow = (e) => {
  if (pending || lost) return;
  const before = state(current);
  adopt(read(jar()));
  refresh();
  if (state(current) == before) return;
  changed();
  if (e && current.no[0]) more(); // clears what belongs to this tab
};

/**
 * @param {string} letter how the choice was made
 * @param {{ yes: string[], no: string[] }} answered
 * @param {HTMLFormElement} [form] what the visitor saw
 */
export const choose = (letter, answered, form) => {
  const previous = current.id;
  adopt(read("__NAME__=" + encode({ ...answered, time: now(), letter, state: "0", id: newId() })));
  report(current, form, previous).then(follow);
  refresh();
  announce();
  changed();
};

/**
 * Opens the preferences with what is loaded on demand, which puts its own `show` in this place. If that
 * cannot be had, goes to their page, in the language of the page's first link to them.
 * @param {HTMLAnchorElement} [link] whose query says the language
 */
const show = async (link) => {
  await more();
  if (api.show == show) location.assign(new URL("preferences" + ($(LINK)?.search || ""), HERE));
  else api.show(link);
};

/** @type {import("../types").PageConsent} */
export const api = {
  allows,
  get given() {
    return !!current.time;
  },
  get stale() {
    return [...ran].filter((names) => !mayRun(names));
  },
  show,
  accept: (form) => choose("a", answers(known), form),
  reject: (form) => choose("r", answers([], [...known, ...without(current.yes, known)]), form),
  save: (names, form) => choose(deliberate("s"), answers(tokensOf(names)), form),
  add: (names, form) => choose(deliberate("e"), answers(known, tokensOf(names)), form),
};
