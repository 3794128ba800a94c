// What a choice allows: the twin of server/flask_cookie_consent/rules.py.
// The server writes in front:
//   ASK: for every service and category that can be allowed, the run of tokens that decide;
//   FREE: the tokens of exempt services, which run until the visitor objects.

/** @type {Choice} the choice in force on this page */
let current = { yes: [], no: [] };

/** Tokens that an answer may be about, and those that need one. */
const known = [...new Set(tokens(Object.values(ASK).join("")))];
const asked = without(known, FREE);

/** @param {string} token of a service */
const runs = (token) => (asked.includes(token) ? current.yes.includes(token) : !current.no.includes(token));

/**
 * Whether a service or a category is allowed; an unknown name never is.
 * @param {string} name
 */
const allows = (name) => name in ASK && tokens(ASK[name]).every(runs);

/** @param {string[]} names of services or categories */
const tokensOf = (names) => names.flatMap((name) => tokens(ASK[name]));

/** The tokens that need an answer and have none. */
const unasked = () => without(asked, [...current.yes, ...current.no]);

/**
 * The answers of a visitor who wants exactly `on`; those about services of an older or newer
 * state of the site are kept, unless everything is refused.
 * @param {string[]} on tokens
 */
const answers = (on) => {
  const all = [...new Set([...known, ...current.yes, ...current.no])];
  const yes = on.length ? all.filter((t) => (known.includes(t) ? on : current.yes).includes(t)) : [];
  return { yes: without(yes, FREE), no: without(all, yes) };
};
