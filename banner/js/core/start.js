// Starts on a page: listens to visitors, other tabs and what the page adds later.

import { more } from "#transport";
import { $, document, has, LINK } from "../lib/dom.js";
import { REFUSED } from "./choice.js";
import { api, choose, follow } from "./consent.js";
import { refresh } from "./layer.js";
import { releaseAll } from "./release.js";
import { report } from "./report.js";
import { adopt, answers, current, known, unasked } from "./rules.js";

// On the way down, and no further: htmx and Turbo, which listen at the element and at the document,
// would send the link or the form as well.
const listen = () => {
  addEventListener(
    "click",
    (/** @type {any} */ e) => {
      const link = e.target.closest?.(LINK); // the document has no such function
      // These ask for another tab or window.
      if (link && !(e.ctrlKey || e.metaKey || e.shiftKey || e.altKey || link.target)) {
        e.stopPropagation();
        e.preventDefault();
        api.show(link);
      }
    },
    true,
  );
  addEventListener(
    "submit",
    (/** @type {any} */ e) => {
      const form = $("section#fcc>form");
      // In Safari before 15.4, which names no submitter, the form does it by itself.
      if (e.target == form && e.submitter) {
        e.stopPropagation();
        e.preventDefault();
        // The first layer asks only about what is new.
        if (e.submitter.value == "accept") choose("a", answers(known, unasked()), form);
        else api.reject(form);
      }
    },
    true,
  );
};

export const start = () => {
  // A prerendered page may never be seen: nothing runs and nothing is sent until it is.
  if (document.prerendering) return (document.onprerenderingchange = start);
  listen();
  follow();
  if (REFUSED[0]) more(); // says that the browser's signal is heeded
  releaseAll(); // what needs no choice
  // Gated nodes and first layers that are added later (single-page applications, htmx). At
  // most ten looks a second, however busy the page is.
  let due = 0;
  new MutationObserver(() => {
    due ||= setTimeout(() => {
      due = 0;
      refresh();
      releaseAll();
    }, 100);
  }).observe(window.document, { childList: true, subtree: true });
  // A choice that the server has not confirmed is reported again, at most five times.
  if (current.state < 5) report(adopt({ ...current, state: +current.state + 1 })).then(follow);
  // Other tabs. The store takes milliseconds to open: not while the page loads. (An open
  // BroadcastChannel would keep the page out of the back/forward cache.)
  setTimeout(() => {
    if (has("cookieStore")) cookieStore.addEventListener("change", follow);
    follow(/** @type {any} */ (1));
  }, 2000);
  addEventListener("resize", refresh);
  addEventListener("pageshow", (e) => e.persisted && follow(e));
  addEventListener("visibilitychange", follow);
};
