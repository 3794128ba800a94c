// For the script tag alone, and for pages without inline code: the script brings the style, and
// the first layer as a tree of [tag, attributes, ...children] where the page has none.

/** How to ask the server, where it is of another origin than the page. */
const ELSEWHERE = new URL(HERE).origin == location.origin ? {} : { credentials: "include" };

/**
 * Puts down that the server has a choice, unless there is a newer one by now, or the server's own
 * cookie, which is this page's too where both are of one domain (and outlives ours in Safari).
 * @param {string} reported
 */
const settle = (reported) => {
  if (encode(read(document.cookie)) == reported) write(Object.assign(current, { state: "c", id: "" }));
};

/** @param {string | [string, Record<string, string>, ...any[]]} node */
const build = (node) => {
  if (typeof node == "string") return node;
  const [tag, attributes, ...children] = node;
  const el = document.createElement(tag);
  for (const name in attributes)
    el.setAttribute(name, /^(href|action)$/.test(name) ? new URL(attributes[name], HERE) : attributes[name]);
  el.append(...children.map(build));
  return el;
};

/**
 * The script's second half; a page that forbids it keeps links and forms that work.
 * @returns {Promise<unknown>}
 */
const more = () => import(new URL(MORE, HERE)).catch(() => {});

/** @param {HTMLAnchorElement} [link] */
const show = async (link = $(LINK)) => {
  await more();
  if (api.show == show) location.assign(new URL("preferences" + (link?.search || ""), HERE));
  else api.show(link);
};

/** @param {() => void} start */
const boot = (start) => {
  const go = () => {
    style(CSS);
    api.here = HERE;
    if (TREE[0]) {
      $("section#fcc")?.remove(); // of a cached page that cannot know the visitor's regime
      $("p#fcc-s")?.remove();
      document.body.prepend(...TREE.map(build));
    }
    start();
    // Where nobody is asked, the signal is put down: its absence later is no consent.
    if (LASTING && REFUSED[0] && !document.prerendering && !/[go]/i.test(current.letter)) {
      current = { ...current, time: now(), letter: "g", state: "0", id: newId() };
      report(current);
      changed();
    }
  };
  if (document.body) go();
  else addEventListener("DOMContentLoaded", go); // a tag in the head without `defer`
};
