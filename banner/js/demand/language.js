// The language of the page, where nobody has said one: for the script tag, whose address serves every
// page, and for links to the preferences that a page has written itself.

import { document } from "../lib/dom.js";
import { BASE, consent } from "./page.js";

/** @param {any} [element] @returns {string} */
export const languageAt = (element) => (element?.closest ? element : document.body).closest("[lang]")?.lang || "";

/** For a script tag that has brought a first layer in another language. */
consent.bring = () =>
  new Promise((done, fail) => {
    const url = new URL("first-layer?" + new URLSearchParams({ language: languageAt() }), BASE);
    const request = new XMLHttpRequest();
    request.onloadend = () => {
      const { response, responseURL, status } = request;
      if (status != 200 || responseURL != /** @type {any} */ (url)) return fail();
      document.body.prepend(...response.body.children);
      done();
    };
    request.open("GET", url);
    request.responseType = "document";
    request.send();
  });
