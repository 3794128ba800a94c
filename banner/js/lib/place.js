/**
 * Puts the first layer where no style of the page reaches, into the browser's top layer, and tells the
 * style what room it takes at the page's end: before it is painted, so that nothing moves. At the lower
 * edge that is all below its upper one; a layer at the upper edge moves down once the keyboard is used.
 * (A ResizeObserver would report errors to the site where a scrollbar comes.)
 * @param {any} layer if there is one
 */
export const place = (layer) => {
  if (!layer) return;
  layer.togglePopover?.(true);
  (layer.place = () => {
    const { offsetTop, offsetHeight } = layer;
    layer.closest("html").style.setProperty("--fcc-room", Math.min(innerHeight - offsetTop, offsetHeight + 2 * offsetTop) + "px");
  })();
};
