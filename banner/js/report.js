// Writes the choice at once, then tells the server, which confirms it with a cookie of its own.

/** Whether the browser keeps no cookie: then the answers last as long as the page. */
let lost;

/** @param {Choice} c */
const write = (c) => {
  // With a Domain the server makes of this what expires one that is for this host only: it is from
  // before, and its refusals would count too. Elsewhere it takes it out.
  __ALONE__(document);
  document.cookie =
    `__NAME__=${encode(c)};__ATTRIBUTES__;max-age=${c.time + __LIFE__ - now()}` +
    (location.protocol == "https:" ? ";secure" : "");
  lost = !read(document.cookie).time;
};

/** How many reports are under way. Until they are answered, the cookie may be an older answer. */
let pending = 0;

/**
 * @param {Choice} choice
 * @param {HTMLFormElement} [form] what the visitor saw: its hidden fields say it to the server
 * @param {string} [previous] id of the record before
 */
const report = (choice, form = $("section#fcc>form") || undefined, previous = "") => {
  const body = new URLSearchParams(new FormData(form));
  body.set("choice", encode(choice));
  body.set("previous", previous);
  pending++;
  write(choice);
  if (choice.no[0]) more();
  fetch(new URL("choice", HERE), {
    method: "POST",
    keepalive: true,
    body,
    ...ELSEWHERE, // tag only
  })
    .then(({ ok }) => ok && ELSEWHERE.credentials && settle(encode(choice))) // tag only
    .catch(() => {}) // not lost: later page views report it again
    .then(() => {
      // The answer to the newest choice is the server's word, which may be stricter. One to an older
      // choice may have come over it: then the server says it again.
      if (!--pending) choice == current ? follow() : report(current);
    });
};
