// Writes the choice at once, then tells the server, which confirms it with a cookie of its own.

/** @param {Choice} c */
const write = (c) => {
  document.cookie =
    `__NAME__=${encode(c)};path=/;samesite=lax;max-age=${c.time + __LIFE__ - now()}` +
    (location.protocol == "https:" ? ";secure" : "");
};

/** The end of the queue: an answer to an older report must not overtake a newer choice. */
let reported = Promise.resolve();

/**
 * @param {Choice} choice
 * @param {HTMLFormElement} [form] what the visitor saw: its hidden fields say it to the server
 * @param {string} [previous] id of the record before
 */
const report = (choice, form = $("fcc")?.firstElementChild, previous = "") => {
  const body = new URLSearchParams(new FormData(form));
  body.set("choice", encode(choice));
  body.set("previous", previous);
  reported = reported
    .then(() => {
      write(choice); // the answer to an older report may have replaced it
      return fetch(new URL("choice", HERE), { method: "POST", keepalive: true, body });
    })
    .catch(() => {}); // not lost: later page views report it again
};
