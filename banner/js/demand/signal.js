// Says that Global Privacy Control is heeded, as 11 CCR 7025(c)(6) wants it: in the first layer, and
// beside every link to the preferences. Pages cannot say it themselves: they are one for all.

import { $, document, LINK } from "../lib/dom.js";

/** @param {string} text */
export const sayHonoured = (text) => {
  $("section#fcc .fcc-t")?.append(` ${text}`);
  for (const link of document.querySelectorAll(LINK))
    if (!link.closest("#fcc,.fcc-e")) link.after(` (${text})`);
};
