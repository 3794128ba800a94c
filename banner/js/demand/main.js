// What is loaded on demand takes its place in the page's script.

import { clean } from "./clean.js";
import { consent } from "./page.js";
import { openPreferences } from "./panel.js";

consent.show = openPreferences;
addEventListener("consent:change", clean);
clean();
