// What the banner looks like in the page it stands in, in figures: for tools, never for visitors.
// A classic script that defines one function; it reads the page and changes nothing but, for a
// moment, the focus.

import { floor, hex, paint, ratio, scheme, seen } from "./color.js";

/**
 * @typedef {import("./color.js").Paint} Paint
 * @typedef {Record<string, string>} Selectors by the name of a part
 * @typedef {{ part: string, kind: "text" | "control" | "focus", text: string, foreground: string,
 *   background: string, ratio: number | null, required: number, passes: boolean }} Contrast
 *   `ratio` is null where a style cannot tell: a picture behind it, or a box the browser draws.
 * @typedef {{ property: string, accept: any, reject: any, equal: boolean, weaker: boolean }} Compared
 * @typedef {{ part: string, width: number, height: number, required: number, passes: boolean }} Target
 * @typedef {{ contrasts: Contrast[], compared: Compared[], targets: Target[], covered: number,
 *   signs: Record<string, any>, faults: string[] }} Surface
 * @typedef {{ url: string, scheme: string, width: number, height: number, layer: Surface | null,
 *   dialog: Surface | null, faults: string[] }} Measured
 */

/**
 * The parts of each surface. Where a selector finds several, the faintest of them counts.
 * @type {Record<"layer" | "dialog", { root: string, text: Selectors, controls: Selectors }>}
 */
const SURFACES = {
  layer: {
    root: "#fcc",
    text: { heading: "#fcc-heading", text: ".fcc-t", categories: ".fcc-t li" },
    controls: {
      accept: "[value=accept]",
      reject: "[value=reject]",
      customise: ".fcc-b [data-fcc]",
      policy: ".fcc-b a:not([data-fcc])",
    },
  },
  dialog: {
    root: "#fcc-dialog, #fcc-content",
    text: { heading: "#fcc-dialog-heading", text: ".fcc-body p", muted: ".fcc-note, fieldset > p, .fcc-on", title: "fieldset > label" },
    controls: {
      save: "[value=save]",
      accept: "[value=accept]",
      reject: "[value=reject]",
      close: ".fcc-x",
      checkbox: "[type=checkbox]",
      details: "summary",
      links: "a",
    },
  },
};

/** What has to be the same of both buttons (EDPB, cookie-banner taskforce 2023; CNIL 2020-092). */
const SAME =
  "fontFamily fontStyle color backgroundColor backgroundImage border borderRadius padding textDecorationLine " +
  "textTransform letterSpacing boxShadow filter";

/** WCAG 2.2: 1.4.3 for text, 1.4.11 for what is not text, 2.5.8 for targets, in pixels of the page. */
const TEXT = 4.5, LARGE = 3, CONTROL = 3, TARGET = 24;

/** @param {Element} el */
const visible = (el) => el.getClientRects().length > 0 && getComputedStyle(el).visibility == "visible";

/** @param {Element} root @param {string} selector */
const all = (root, selector) => [...root.querySelectorAll(selector)].filter(visible);

/** Whether a picture hides what is behind it. @param {Element | null} el */
const pictured = (el) => {
  for (; el; el = el.parentElement) {
    const style = getComputedStyle(el);
    if (style.backgroundImage != "none") return true;
    if (paint(style.backgroundColor)[3] == 1) return false;
  }
  return false;
};

/**
 * @param {string} part @param {Contrast["kind"]} kind @param {Element} el
 * @param {Paint} front @param {Paint} back @param {number} required @returns {Contrast}
 */
const contrast = (part, kind, el, front, back, required) => {
  const known = !pictured(kind == "text" ? el : el.parentElement);
  const figure = known ? floor(ratio(front, back)) : null;
  const text = (el.textContent || el.getAttribute("aria-label") || "").trim().slice(0, 40);
  const passes = figure === null || figure >= required;
  return { part, kind, text, foreground: hex(front), background: hex(back), ratio: figure, required, passes };
};

/** @param {string} part @param {Element} el */
const textContrast = (part, el) => {
  const { fontSize, fontWeight, color } = getComputedStyle(el);
  const large = parseFloat(fontSize) >= (+fontWeight >= 700 ? 56 / 3 : 24);
  return contrast(part, "text", el, seen(el, color), seen(el), large ? LARGE : TEXT);
};

/** By what a control stands out: its ground or its line. @param {string} part @param {Element} el */
const controlContrast = (part, el) => {
  const { borderTopColor, borderTopWidth, borderTopStyle, appearance } = getComputedStyle(el);
  const back = seen(el.parentElement);
  const lined = parseFloat(borderTopWidth) && borderTopStyle != "none";
  const fronts = lined ? [seen(el), seen(el, borderTopColor)] : [seen(el)];
  const front = fronts.sort((a, b) => ratio(b, back) - ratio(a, back))[0];
  const found = contrast(part, "control", el, front, back, CONTROL);
  // 1.4.11 leaves out what the browser draws; no style tells its colours.
  return el.matches("input") && appearance != "none" ? { ...found, ratio: null, passes: true } : found;
};

/**
 * The line around what has the focus, against what it lies on.
 * @param {string} part @param {HTMLElement} el
 */
const focusContrast = (part, el) => {
  el.focus({ preventScroll: true, focusVisible: true });
  // A browser draws none after a click with the mouse: then there is nothing to measure.
  if (!el.matches(":focus-visible")) return [];
  const { outlineColor, outlineStyle, outlineWidth } = getComputedStyle(el);
  const back = seen(el.parentElement);
  const line = outlineStyle == "none" || !parseFloat(outlineWidth) ? back : seen(el.parentElement, outlineColor);
  return [contrast(part, "focus", el, line, back, CONTROL)];
};

/** @param {Contrast[]} found */
const faintest = (found) =>
  found.sort((a, b) => (a.ratio ?? Infinity) / a.required - (b.ratio ?? Infinity) / b.required).slice(0, 1);

/** @param {Element} root @param {{ text: Selectors, controls: Selectors }} parts @param {boolean} focus */
const contrasts = (root, { text, controls }, focus) => {
  const result = [];
  for (const [part, selector] of Object.entries(text))
    result.push(...faintest(all(root, selector).map((el) => textContrast(part, el))));
  const focused = /** @type {HTMLElement} */ (document.activeElement);
  for (const [part, selector] of Object.entries(controls)) {
    const found = all(root, selector);
    result.push(...faintest(found.filter((el) => !el.matches("input")).map((el) => textContrast(part, el))));
    const drawn = found.filter((el) => el.matches("input, button:not(.fcc-x)"));
    result.push(...faintest(drawn.map((el) => controlContrast(part, el))));
    if (focus) result.push(...faintest(found.flatMap((el) => focusContrast(part, el))));
  }
  if (focus && document.activeElement != focused) {
    /** @type {HTMLElement} */ (document.activeElement).blur();
    focused?.focus({ preventScroll: true });
  }
  return result;
};

/** Whether a click in its middle hits it. @param {Element} el */
const reachable = (el) => {
  const { x, y, width, height } = el.getBoundingClientRect();
  const hit = document.elementFromPoint(x + width / 2, y + height / 2);
  return +el.contains(hit);
};

/** How strong a button is, in figures: none of them may be less for refusing. @param {Element} el */
const strength = (el) => {
  const { width, height } = el.getBoundingClientRect();
  const { fontSize, fontWeight, color } = getComputedStyle(el);
  let opacity = 1;
  for (let n = el; n; n = n.parentElement) opacity *= +getComputedStyle(n).opacity;
  return {
    reachable: reachable(el),
    width: Math.round(width),
    height: Math.round(height),
    fontSize: parseFloat(fontSize),
    fontWeight: +fontWeight,
    opacity,
    contrast: floor(ratio(seen(el, color), seen(el))),
    prominence: floor(ratio(seen(el), seen(el.parentElement))),
  };
};

/** "Accept all" and "Reject all", property by property. @param {Element} root @returns {Compared[]} */
const compared = (root) => {
  const [accept] = all(root, "[value=accept]");
  const [reject] = all(root, "[value=reject]");
  if (!accept && !reject) return [];
  const there = { property: "there", accept: !!accept, reject: !!reject, equal: accept && reject, weaker: !reject };
  if (!accept || !reject) return [{ ...there, equal: false }];
  const figures = [strength(accept), strength(reject)];
  const styles = [getComputedStyle(accept), getComputedStyle(reject)];
  const rows = Object.keys(figures[0]).map((property) => {
    const [a, r] = figures.map((f) => f[property]);
    const slack = /width|height/.test(property) ? 1 : 0.01; // rounded apart
    return { property, accept: a, reject: r, equal: Math.abs(a - r) <= slack, weaker: r < a - slack };
  });
  for (const property of SAME.split(" ")) {
    const [a, r] = styles.map((style) => style[property]);
    rows.push({ property, accept: a, reject: r, equal: a == r, weaker: a != r });
  }
  return rows;
};

/** @param {Element} root @param {Selectors} controls @returns {Target[]} */
const targets = (root, controls) =>
  Object.entries(controls).flatMap(([part, selector]) =>
    all(root, selector)
      // 2.5.8 leaves out links in a sentence; a label belongs to its box.
      .filter((el) => getComputedStyle(el).display != "inline" || !el.matches("a"))
      .map((el) => {
        const { width, height } = (el.closest("label") || el).getBoundingClientRect();
        const size = { part, width: Math.round(width * 10) / 10, height: Math.round(height * 10) / 10 };
        return { ...size, required: TARGET, passes: Math.min(size.width, size.height) >= TARGET };
      })
      .sort((a, b) => Math.min(a.width, a.height) - Math.min(b.width, b.height))
      .slice(0, 1),
  );

/** The share of the window that it lies over. @param {Element} root */
const covered = (root) => {
  const { left, right, top, bottom } = root.getBoundingClientRect();
  const width = Math.min(right, innerWidth) - Math.max(left, 0);
  const height = Math.min(bottom, innerHeight) - Math.max(top, 0);
  return Math.round((1000 * Math.max(width, 0) * Math.max(height, 0)) / (innerWidth * innerHeight)) / 1000;
};

/**
 * What the privacy tools that refuse for their users look for: something visible, laid over the
 * page, that speaks of cookies, with real buttons of the usual words. (`wording` is null in
 * languages other than English.)
 * @param {HTMLElement} root
 */
const signs = (root) => {
  const style = getComputedStyle(root);
  const buttons = all(root, "button").map((el) => el.textContent.trim()).filter(Boolean);
  const usual = [/^(accept|allow) all( cookies)?$/i, /^(reject|deny|refuse|decline) all( cookies)?$/i];
  const said =
    /(we use|use of) cookies/i.test(root.textContent) && usual.every((words) => buttons.some((b) => words.test(b)));
  return {
    fixed: style.position == "fixed",
    above: +style.zIndex > 0 || root.matches("dialog:modal"),
    buttons,
    wording: /^en\b/.test(root.lang) ? said : null,
  };
};

/** @param {Surface} found @param {string} name */
const faults = (found, name) => [
  ...found.contrasts
    .filter((c) => !c.passes)
    .map(
      (c) =>
        `${name}: ${c.part}, ${c.kind}: ${c.foreground} on ${c.background} is ${c.ratio}:1, needs ${c.required}:1`,
    ),
  ...found.compared
    .filter((c) => c.weaker)
    .map((c) => `${name}: refusing is weaker than accepting, ${c.property}: ${c.reject}, not ${c.accept}`),
  ...found.targets
    .filter((t) => !t.passes)
    .map((t) => `${name}: ${t.part} is ${t.width} × ${t.height} px, needs ${t.required}`),
];

/** @param {keyof typeof SURFACES} name @param {boolean} focus @returns {Surface | null} */
const surface = (name, focus) => {
  const parts = SURFACES[name];
  const root = [...document.querySelectorAll(parts.root)].find(visible);
  if (!root) return null;
  const found = {
    contrasts: contrasts(root, parts, focus),
    compared: compared(root),
    targets: targets(root, parts.controls),
    covered: covered(root),
    signs: signs(root),
    faults: [],
  };
  return { ...found, faults: faults(found, name) };
};

window.fccMeasure = ({ focus = true } = {}) => {
  const [layer, dialog] = [surface("layer", focus), surface("dialog", focus)];
  return {
    url: location.href,
    scheme: scheme(),
    width: innerWidth,
    height: innerHeight,
    layer,
    dialog,
    faults: [layer, dialog].flatMap((found) => found?.faults || []),
  };
};
