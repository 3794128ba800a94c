// Releases gated markup in place and in order:
//   <template data-consent="statistics">any snippet</template>
//   <script type="text/plain" data-consent="statistics" src="..."></script>
// and the markup of other tools (data-category, data-cookieconsent, data-name with data-src).
// The very node is moved, never a clone: it runs exactly once, keeps its nonce, and touches no
// Trusted Types sink.

import { STRICT_DYNAMIC } from "#config";
import { document, SCRIPT } from "../lib/dom.js";
import { allows } from "./rules.js";

const GATED = "template[data-consent],script[type='text/plain']";

/** The end of the queue: whatever is released waits for what was released before. @type {Promise<unknown>} */
let queue = Promise.resolve();

/** What was released on this page: the names that each waited for. @type {Set<string>} */
export const ran = new Set();

/** @param {HTMLElement} el */
const namesOf = ({ dataset: d }) => `${d.consent || d.category || d.cookieconsent || d.name}`;

/** @param {string} names of services and categories */
export const mayRun = (names) => names.split(/[\s,]+/).every(allows);

/** @param {Element} el @returns {Comment} what now stands in its place */
const hold = (el) => {
  const place = new Comment();
  el.replaceWith(place);
  return place;
};

const native = document.write;

/**
 * Puts what a running script writes where the script stands: the parser is at its end, and the browser's
 * own function would begin a new page. Callers outside a running script, such as timers, get that function.
 * @param {...string} html
 */
const writeHere = (...html) => {
  const script = document.currentScript;
  if (script) script.before(new Range().createContextualFragment(html.join("")));
  else native(...html);
};

/**
 * Runs a script by putting it back where it was. Then it is inert again, so that a copy of it (Turbo,
 * Swup, editors) waits for an answer as it did.
 * @param {any} script
 * @param {Comment} place
 * @param {string} [names] that it waited for
 */
const run = (script, place, names) =>
  new Promise((/** @type {(e?: unknown) => void} */ done) => {
    // A browser that trusts what trusted scripts add would run it without the page's nonce.
    if (STRICT_DYNAMIC && script.nonce != SCRIPT?.nonce) return done();
    // A script that the parser could not run counts as async from then on (HTML, "prepare the
    // script element", step 4). For one that we wait for that is right: in the browser's own
    // order, one that hangs would stop all later ones. The others get their order back.
    const async = script.hasAttribute("async");
    const { type } = script;
    const waits = script.src && !async && !script.defer && /^$|javascript/.test(type);
    if (waits) {
      script.addEventListener("load", done);
      script.addEventListener("error", done);
      setTimeout(done, 4000); // one that hangs holds the next one back, not for ever
    } else {
      script.async = async;
      done();
    }
    place.replaceWith(script);
    if (/^$|javascript|module/.test(type)) {
      script.type = "text/plain";
      script.dataset.type = type;
      script.dataset.consent = names;
      script.released = true;
    }
  });

/**
 * @param {any} el a template, or a script of an inert type
 * @param {string} [names] that it waited for
 */
export const release = async (el, names) => {
  const { content, dataset } = el;
  const scripts = [...(content ? content.querySelectorAll("script") : [el])].map((s) => [s, hold(s)]);
  if (content) el.replaceWith(content);
  else {
    el.type = dataset.type || "";
    if (dataset.src) el.src = dataset.src;
  }
  for (const [script, place] of scripts) await run(script, place, names);
};

/** The first that waits for nothing any more. @returns {any} */
const next = () => [...document.querySelectorAll(GATED)].find((/** @type {any} */ el) => !el.released && mayRun(namesOf(el)));

export const releaseAll = () => {
  if (next())
    queue = queue.then(async () => {
      // At the start at once: what was allowed before runs in time for `DOMContentLoaded` and `load`. Later
      // the browser paints first: a click is answered before scripts take the thread.
      if (document.readyState == "complete") await new Promise((go) => setTimeout(go, 20));
      document.write = document.writeln = writeHere;
      for (let el; (el = next()); ) {
        const names = namesOf(el);
        ran.add(names);
        await release(el, names).catch(() => {});
      }
    });
};
