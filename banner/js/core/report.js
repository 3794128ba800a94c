// Writes the choice at once, then tells the server, which confirms it with a cookie of its own.

import { more, send } from "#transport";
import { $ } from "../lib/dom.js";
import { encode } from "./choice.js";
import { write } from "./cookie.js";
import { current } from "./rules.js";

/** How many reports are under way. Until they are answered, the cookie may be an older answer. */
export let pending = 0;

/**
 * @param {import("./choice.js").Choice} choice
 * @param {HTMLFormElement} [form] what the visitor saw: its hidden fields say it to the server
 * @param {string} [previous] id of the record before
 * @returns {Promise<void>} until the server has answered, if it does
 */
export const report = (choice, form, previous = "") => {
  // An event is no form: our API may be a listener.
  const shown = new FormData(form?.elements ? form : $("section#fcc>form") || undefined);
  const body = new URLSearchParams(/** @type {any} */ (shown));
  body.set("choice", encode(choice));
  body.set("previous", previous);
  pending++;
  write(choice);
  if (choice.no[0]) more();
  return send(body)
    .catch(() => {}) // not lost: later page views report it again
    .then(() => {
      // The answer to the newest choice is the server's word, which may be stricter. One to an older
      // choice may have come over it: then the server says it again.
      if (!--pending && choice != current) return report(current);
    });
};
