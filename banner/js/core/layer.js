// The first layer, and what a visitor hears of a choice. All markup comes from the server;
// without this script its forms and links do the same by themselves.

import { DECIDING } from "#config";
import { $, document } from "../lib/dom.js";
import { tokens } from "./choice.js";
import { asked, unasked } from "./rules.js";

/**
 * Shows the first layer if something needs an answer, and names only that: of the third parties, which
 * are in one sentence, none if it is less than everything. The button that leads to the preferences
 * stands in the browser's top layer, as the first layer does.
 */
export const refresh = () => {
  $("section#fcc-reopen")?.togglePopover?.(true);
  const layer = $("section#fcc");
  if (!layer) return;
  const open = unasked();
  layer.hidden = !open.length;
  for (const el of layer.querySelectorAll("li,span"))
    el.hidden = asked[open.length] && !tokens(DECIDING[el.dataset.c]).some((t) => open.includes(t));
  layer.place?.();
};

/** Says that the choice is saved; keeps the focus near when it was in what went away. */
export const announce = () => {
  const status = $("p#fcc-status");
  if (!status) return;
  status.textContent = status.dataset.saved;
  const { activeElement: active, body } = document;
  if (active == body || $("section#fcc")?.contains(active)) status.focus({ preventScroll: true });
};
