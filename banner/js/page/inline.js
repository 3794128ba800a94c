// Shows the first layer before first paint to visitors who have not chosen, without waiting for
// the deferred script, which looks closer. Constant for a policy: a cached page and a hash in a
// Content-Security-Policy both allow it.

import { place } from "../lib/place.js";

const layer = document.querySelector("section#fcc");
layer.hidden = document.cookie.includes("__NAME__=1");
place(layer);
