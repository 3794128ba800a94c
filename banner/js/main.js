// Puts the parts together.

const changed = () => {
  // Before anything is released, so that a listener can prepare what released scripts read.
  dispatchEvent(new CustomEvent("consent:change", { detail: api }));
  if (api.stale[0]) more(); // offers to reload
  releaseAll();
};

/**
 * Follows the cookie: at the start, after the server's answer, after another tab's choice, after the
 * back button.
 * @param {Event} [e] tells of what was chosen elsewhere
 */
const follow = (e) => {
  if (pending || lost) return;
  const before = state(current);
  current = read(document.cookie);
  refresh();
  if (state(current) == before) return;
  changed();
  if (e && current.no[0]) more(); // clears what belongs to this tab
};

/**
 * @param {string} letter how the choice was made
 * @param {{ yes: string[], no: string[] }} said
 * @param {HTMLFormElement} [form] what the visitor saw
 */
const choose = (letter, said, form) => {
  const previous = current.id;
  current = read("__NAME__=" + encode({ ...said, time: now(), letter, state: "0", id: newId() }));
  report(current, form, previous);
  refresh();
  announce();
  changed();
};

/** @type {import("../cookie-consent").CookieConsent} */
const api = {
  allows,
  get given() {
    return !!current.time;
  },
  get stale() {
    return [...ran].filter((names) => !mayRun(names));
  },
  show,
  accept: (form) => choose("a", answers(known), form),
  reject: (form) => choose("r", answers([], [...known, ...without(current.yes, known)]), form),
  save: (names, form) => choose(deliberate("s"), answers(tokensOf(names)), form),
  add: (names, form) => choose(deliberate("e"), answers(known, tokensOf(names)), form),
};

const start = () => {
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
  if (current.state < 5) report((current = { ...current, state: +current.state + 1 }));
  // An open BroadcastChannel would keep the page out of the back/forward cache.
  if (has("cookieStore")) cookieStore.addEventListener("change", follow);
  addEventListener("pageshow", follow);
  addEventListener("visibilitychange", follow);
};

if (!has("cookieConsent")) {
  window.cookieConsent = api;
  boot(start);
}
