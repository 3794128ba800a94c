// How the script tag alone gets more of the script, and tells the server of a choice.

import { MORE } from "#config";
import { encode, read } from "../core/choice.js";
import { jar, write } from "../core/cookie.js";
import { current } from "../core/rules.js";
import { HERE } from "../lib/dom.js";

/**
 * The script's second half; a page that forbids it keeps links and forms that work.
 * @returns {Promise<unknown>}
 */
export const more = () => import(/** @type {any} */ (new URL(MORE, HERE))).catch(() => {});

/** Whether the server is of another origin than the page. */
const APART = new URL(HERE).origin != location.origin;

/**
 * Puts down that the server has a choice, unless there is a newer one by now, or the server's own
 * cookie, which is this page's too where both are of one domain (and outlives ours in Safari).
 * @param {string} reported
 */
const settle = (reported) => {
  if (encode(read(jar())) == reported) {
    current.state = "c";
    current.id = "";
    write(current);
  }
};

/** @param {URLSearchParams} body @returns {Promise<unknown>} */
export const send = (body) =>
  fetch(new URL("choice", HERE), { method: "POST", keepalive: true, body, credentials: "include" }).then(
    ({ ok }) => ok && APART && settle(body.get("choice")),
  );
