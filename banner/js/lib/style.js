import { document } from "./dom.js";

/**
 * Styles by a constructed sheet, which no Content-Security-Policy forbids.
 * @param {string} css
 */
export const style = (css) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets.push(sheet);
};
