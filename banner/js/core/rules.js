// What a choice allows: the twin of server/flask_cookie_consent/choice/rules.py.

import { DECIDING, NOT_INFORMED, OPT_OUT } from "#config";
import { REFUSED, tokens, without } from "./choice.js";

/** @typedef {import("./choice.js").Choice} Choice */

/** The choice in force on this page. @type {Choice} */
export let current = { yes: [], no: [] };

/** Another choice is in force from now on. @param {Choice} choice */
export const adopt = (choice) => (current = choice);

/** Tokens that an answer may be about, and those that need one. */
export const known = [...new Set(tokens(Object.values(DECIDING).join("")))];
export const asked = without(known, NOT_INFORMED);

/** @param {string} token of a service */
const runs = (token) => (OPT_OUT.includes(token) ? !current.no.includes(token) : current.yes.includes(token));

/**
 * Whether a service or a category is allowed; an unknown name never is.
 * @param {string} name
 */
export const allows = (name) => name in DECIDING && tokens(DECIDING[name]).every(runs);

/** @param {string[]} names of services or categories */
export const tokensOf = (names) => [...new Set(names.flatMap((name) => tokens(DECIDING[name])))];

/** The tokens that need an answer and have none. */
export const unasked = () => without(without(asked, current.yes), current.no);

/**
 * The answers of a visitor who wants of all that is asked `about` exactly `on`; those about other
 * services, which may be of an older or newer state of the site, are kept.
 * @param {string[]} on tokens
 * @param {string[]} [about] tokens
 */
export const answers = (on, about = known) => {
  const yes = about.filter((t) => on.includes(t));
  return { yes: [...without(yes, NOT_INFORMED), ...without(current.yes, about)], no: [...without(about, yes), ...without(current.no, about)] };
};

/** How a choice about single services is made: knowing of the browser's signal, or without one. */
export const deliberate = (letter) => (REFUSED[0] ? "o" : letter);
