// Puts the parts together.

const changed = () => {
  // Before anything is released, so that a listener can prepare what released scripts read.
  dispatchEvent(new CustomEvent("consent:change", { detail: api }));
  releaseAll();
};

/** Follows the cookie: at the start, after another tab's choice, after the back button. */
const follow = () => {
  if (pending) return;
  const before = state(current);
  current = read(document.cookie);
  refresh();
  if (state(current) != before) changed();
};

/**
 * @param {string} letter how the choice was made
 * @param {string[]} on tokens of what the visitor wants
 * @param {HTMLFormElement} [form] what the visitor saw
 */
const choose = (letter, on, form) => {
  const previous = current.id;
  current = { ...answers(on), time: now(), letter, state: "0", id: newId() };
  report(current, form, previous);
  refresh();
  $("fcc-d")?.close();
  announce();
  changed();
};

/** @type {import("../cookie-consent").CookieConsent} */
const api = {
  allows,
  get given() {
    return !!current.time;
  },
  show,
  accept: () => choose("a", known),
  reject: () => choose("r", []),
  save: (names) => choose("s", tokensOf(names)),
  onChange: (listener) => addEventListener("consent:change", () => listener(api)),
};

const start = () => {
  // A prerendered page may never be seen: nothing runs and nothing is sent until it is.
  if (document.prerendering) return (document.onprerenderingchange = start);
  listen();
  follow();
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
  }).observe(document, { childList: true, subtree: true });
  // A choice that the server has not confirmed is reported again, at most five times.
  if (current.state < 5) report(Object.assign(current, { state: +current.state + 1 }));
  // An open BroadcastChannel would keep the page out of the back/forward cache.
  window.cookieStore?.addEventListener("change", follow);
  addEventListener("pageshow", follow);
  addEventListener("visibilitychange", follow);
};

if (!window.cookieConsent) {
  window.cookieConsent = api;
  boot(start);
}
