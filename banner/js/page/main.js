// A page of a site in which the server has put style and markup.

import { api } from "../core/consent.js";
import { start } from "../core/start.js";
import { has } from "../lib/dom.js";

if (!has("cookieConsent")) {
  window.cookieConsent = api;
  start();
}
