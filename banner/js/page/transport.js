// How a page that the server has prepared gets more of the script, and tells the server of a choice.

import { release } from "../core/release.js";
import { $, HERE } from "../lib/dom.js";

/**
 * Loads what few visitors need: the preferences, and the clean-up after a refusal. The page carries it
 * in a template, as a script with its nonce and hash, so that it needs no permission that the page has not
 * given already. Who asks for it while it is on its way waits for it too.
 * @returns {Promise<unknown>}
 */
export const more = () => (/** @type {any} */ (more).done ??= release($("template#fcc-more")));

/** @param {URLSearchParams} body @returns {Promise<unknown>} */
export const send = (body) => fetch(new URL("choice", HERE), { method: "POST", keepalive: true, body });
