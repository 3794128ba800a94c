// What is loaded on demand takes its place in the page's script.

import { document } from "../lib/dom.js";
import { clean, clearStores } from "./clean.js";
import { consent } from "./page.js";
import { openPreferences } from "./panel.js";

consent.show = openPreferences;
addEventListener("consent:change", clean);
// What still runs may have written again since, and does as the page goes: its own listener is older.
// A page that the browser keeps runs on from there until it freezes.
const clearLast = () => {
  if (consent.stale[0]) clearStores();
};
addEventListener("pagehide", clearLast);
document.addEventListener("freeze", clearLast);
clean();
