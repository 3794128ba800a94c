// Colours as they are seen, and how far two of them are apart.

/** @typedef {[number, number, number, number]} Paint red, green, blue (0 to 255), alpha (0 to 1) */

let canvas;

/**
 * Any colour as sRGB, by painting it: `oklch()` and `color-mix()` come back as themselves
 * from the computed style.
 * @param {string} color @returns {Paint}
 */
export const paint = (color) => {
  canvas ||= Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", {
    willReadFrequently: true,
  });
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = "#000";
  canvas.fillStyle = color;
  canvas.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
  return [r, g, b, a / 255];
};

/** One colour over another. @param {Paint} top @param {Paint} below @returns {Paint} */
export const over = (top, below) => {
  const alpha = top[3] + below[3] * (1 - top[3]);
  const mixed = [0, 1, 2].map((n) => (top[n] * top[3] + below[n] * below[3] * (1 - top[3])) / (alpha || 1));
  return /** @type {Paint} */ ([...mixed, alpha]);
};

/**
 * What is seen of a colour in an element: over its background and those behind it, each group as
 * transparent as it is. (Behind what is fixed it is the page's own ground that counts.)
 * @param {Element | null} el @param {string} color @returns {Paint}
 */
export const seen = (el, color = "transparent") => {
  let result = paint(color);
  for (; el; el = el.parentElement) {
    const style = getComputedStyle(el);
    result = over(result, paint(style.backgroundColor));
    result[3] *= +style.opacity;
  }
  const dark = /dark/.test(getComputedStyle(document.documentElement).colorScheme) && scheme() == "dark";
  return over(result, dark ? [18, 18, 18, 1] : [255, 255, 255, 1]);
};

export const scheme = () => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

/** @param {Paint} color */
export const hex = (color) => "#" + color.slice(0, 3).map((n) => Math.round(n).toString(16).padStart(2, "0")).join("");

/** Relative luminance, as WCAG 2.2 defines it. @param {Paint} color */
const luminance = (color) => {
  const [r, g, b] = color.map((n) => (n / 255 <= 0.04045 ? n / 255 / 12.92 : ((n / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

/** @param {Paint} one @param {Paint} other */
export const ratio = (one, other) => {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
};

/** To two digits, downwards: 4.499 is not enough. @param {number} n */
export const floor = (n) => Math.floor(n * 100 + 1e-9) / 100;
