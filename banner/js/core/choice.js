// The consent cookie: the twin of server/flask_cookie_consent/choice/codec.py. The format is
// described there and in docs/cookie.md; tests/choice_vectors.json holds both to one behaviour.

import { SALE } from "#config";

/**
 * @typedef {object} Choice
 * @property {number} [time] seconds since 1970
 * @property {string} [letter] how it was made
 * @property {any} [state] "c": confirmed by the server; a digit: reports made so far
 * @property {string[]} yes tokens granted
 * @property {string[]} no tokens refused or objected to
 * @property {string} [id] of the record of proof
 */

export const now = () => Math.floor(Date.now() / 1000);

/** @param {string} [run] @returns {string[]} */
export const tokens = (run = "") => run.match(/.../g) || [];

/** @param {string[]} list @param {string[]} others */
export const without = (list, others) => list.filter((t) => !others.includes(t));

const FORMAT =
  /(?:^|;)[ \t]*__NAME__=1([a-zA-Z])([c\d])\.([\da-z]{1,8})\.((?:[\w-]{3})*)\.((?:[\w-]{3})*)(?:\.([\w-]{22}))?(?![^;])/g;

/** What the browser's Global Privacy Control refuses. */
export const REFUSED = navigator.globalPrivacyControl ? SALE : [];

/**
 * Twins (other path, domain or partition) are merged: the most restrictive answer counts. The
 * browser's signal counts as one more refusal, unless the visitor has answered knowing of it.
 * @param {string} cookies as document.cookie gives them
 * @returns {Choice} without a time: no choice that holds now
 */
export const read = (cookies) => {
  /** @type {Choice} */
  let found = { yes: [], no: REFUSED };
  for (const [, letter, state, stamp, granted, refused, id] of cookies.matchAll(FORMAT)) {
    const time = parseInt(stamp, 36);
    if (time - now() <= 86400 && now() - time < __LIFE__) {
      const no = [...new Set([...without(found.no, /o/i.test(letter) ? REFUSED : []), ...tokens(refused)])];
      const yes = without(tokens(granted), no).filter((t) => !found.time || found.yes.includes(t));
      found = { letter, state, id, ...found, time: Math.min(time, found.time || time), yes, no };
    }
  }
  return found;
};

/** The answers of a choice as text, to compare. @param {Choice} c */
export const state = (c) => `${c.yes}/${c.no}`;

/** @param {Choice} c @returns {string} */
export const encode = ({ letter, state, time, yes, no, id }) =>
  `1${letter}${state}.${time.toString(36)}.${yes.join("")}.${no.join("")}` + (id ? "." + id : "");

/** 22 characters that sort by time: eight of milliseconds, fourteen of chance (72 bits). */
export const newId = () =>
  Date.now().toString(36) +
  [...crypto.getRandomValues(new Uint8Array(14))].map((b) => (b % 36).toString(36)).join("");
