// What several parts need of the page. Its markup may be somebody else's: `<img name=cookie>` takes the
// place of `document.cookie`, and `<a id=cookieStore>` that of a global which the browser has not.

/**
 * The document past such elements, here and in every part: what its prototype has, no name shadows.
 * @type {Document}
 */
export const document = new Proxy(window.document, {
  get(page, name) {
    const found = Reflect.get(Document.prototype, name, page);
    return typeof found == "function" ? found.bind(page) : found;
  },
  set: (page, name, value) => Reflect.set(Document.prototype, name, value, page),
});

/** Whether the window itself has this: what is named so in the page is not its own. @param {string} name */
export const has = (name) => Object.hasOwn(window, name);

/** This script, while the page runs it: later the document does not know. */
export const SCRIPT = /** @type {HTMLScriptElement | null} */ (document.currentScript);

/** Where this script came from: the server's other addresses lie beside it. */
export const HERE = SCRIPT?.src;

/**
 * The first that fits. Ours are looked for by element and id, which passes by what is only named so.
 * @param {string} selector @returns {any}
 */
export const $ = (selector) => document.querySelector(selector);

/** Leads to the preferences, by itself without this script. Of its address only the query is ours to use. */
export const LINK = "a[data-fcc]";
