/**
 * Puts the first layer where no style of the page reaches, into the browser's top layer, and tells the
 * style what room it takes at the page's end. At the lower edge that is all below its upper one; a layer
 * at the upper edge moves down once the keyboard is used.
 *
 * Told as the page's end is parsed, and again when all is loaded: before that end is painted, so that a
 * footer does not move, and not before there is a page, whose body would move with its first margin. (A
 * ResizeObserver would report errors to the site where a scrollbar comes.)
 * @param {any} layer if there is one
 */
export const place = (layer) => {
  if (!layer) return;
  layer.togglePopover?.(true);
  layer.place = () => {
    const { offsetTop, offsetHeight } = layer;
    layer.closest("html").style.setProperty("--fcc-room", Math.min(innerHeight - offsetTop, offsetHeight + 2 * offsetTop) + "px");
  };
  addEventListener("readystatechange", layer.place, true);
};
