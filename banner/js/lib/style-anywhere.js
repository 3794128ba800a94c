import { document } from "./dom.js";
import { style } from "./style.js";

/**
 * Styles in every browser: Safari before 16.4 constructs no sheet, and gets an element.
 * @param {string} css
 */
export const styleAnywhere = (css) => {
  try {
    style(css);
  } catch {
    const element = document.createElement("style");
    element.append(css);
    document.head.append(element);
  }
};
