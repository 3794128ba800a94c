// Releases gated markup in place and in order:
//   <template data-consent="statistics">any snippet</template>
//   <script type="text/plain" data-consent="statistics" src="..."></script>
// and the markup of other tools (data-category, data-cookieconsent, data-name with data-src).
// The very node is moved, never a clone: it runs exactly once, keeps its nonce, and touches no
// Trusted Types sink.

import { document } from "../lib/dom.js";
import { allows } from "./rules.js";

const GATED = "template[data-consent],script[type='text/plain']";

/** The end of the queue: whatever is released waits for what was released before. */
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

/**
 * Runs a script by putting it back where it was.
 * @param {HTMLScriptElement} script
 * @param {Comment} place
 */
const run = (script, place) =>
  new Promise((done) => {
    // A script that the parser could not run counts as async from then on (HTML, "prepare the
    // script element", step 4). For one that we wait for that is right: in the browser's own
    // order, one that hangs would stop all later ones. The others get their order back.
    const async = script.hasAttribute("async");
    const waits = script.src && !async && !script.defer && /^$|javascript/.test(script.type);
    if (!waits) script.async = async;
    script.addEventListener("load", done);
    script.addEventListener("error", done);
    setTimeout(done, waits ? 4000 : 0); // one that hangs holds the next one back, not for ever
    place.replaceWith(script);
  });

/** @param {any} el a template, or a script of an inert type */
export const release = async (el) => {
  const { content, dataset } = el;
  const scripts = [...(content ? content.querySelectorAll("script") : [el])].map((s) => [s, hold(s)]);
  if (content) el.replaceWith(content);
  else {
    el.type = dataset.type || "";
    if (dataset.src) el.src = dataset.src;
  }
  for (const [script, place] of scripts) await run(script, place);
};

export const releaseAll = () => {
  queue = queue.then(async () => {
    // The browser paints first: a click is answered before scripts take the thread.
    await new Promise((go) => setTimeout(go, 20));
    for (const el of document.querySelectorAll(GATED)) {
      const names = namesOf(el);
      if (mayRun(names)) {
        ran.add(names);
        await release(el).catch(() => {});
      }
    }
  });
};
