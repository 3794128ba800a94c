// What a choice allows: the twin of server/flask_cookie_consent/choice/rules.py.
// The server writes in front:
//   ASK: for every service and category that can be allowed, the run of tokens that decide;
//   FREE: the tokens of exempt services, which run until the visitor objects;
//   SALE: the tokens of services that Global Privacy Control refuses;
//   QUIET: the tokens of exempt services that the first layer does not tell visitors about: all of
//   FREE, unless the regime wants a notice.

/** @type {Choice} the choice in force on this page */
let current = { yes: [], no: [] };

/** Tokens that an answer may be about, and those that need one. */
const known = [...new Set(tokens(Object.values(ASK).join("")))];
const asked = without(known, QUIET);

/** @param {string} token of a service */
const runs = (token) => (FREE.includes(token) ? !current.no.includes(token) : current.yes.includes(token));

/**
 * Whether a service or a category is allowed; an unknown name never is.
 * @param {string} name
 */
const allows = (name) => name in ASK && tokens(ASK[name]).every(runs);

/** @param {string[]} names of services or categories */
const tokensOf = (names) => [...new Set(names.flatMap((name) => tokens(ASK[name])))];

/** The tokens that need an answer and have none. */
const unasked = () => without(without(asked, current.yes), current.no);

/**
 * The answers of a visitor who wants of all that is asked `about` exactly `on`; those about other
 * services, which may be of an older or newer state of the site, are kept.
 * @param {string[]} on tokens
 * @param {string[]} [about] tokens
 */
const answers = (on, about = known) => {
  const yes = about.filter((t) => on.includes(t));
  return { yes: [...without(yes, QUIET), ...without(current.yes, about)], no: [...without(about, yes), ...without(current.no, about)] };
};

/** How a choice about single services is made: knowing of the browser's signal, or without one. */
const deliberate = (letter) => (REFUSED[0] ? "o" : letter);
