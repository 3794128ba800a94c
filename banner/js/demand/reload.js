// Offers to reload: a script that runs already cannot be stopped.

import { document } from "../lib/dom.js";
import { styleAnywhere } from "../lib/style-anywhere.js";

const SHEET =
  "#fcc-reload{position:fixed;z-index:999999999;inset:auto 16px calc(max(0px,100% - 100dvh) + max(16px,env(safe-area-inset-bottom)));inset-inline-end:calc(max(0px,100% - 100vw) + 16px);width:fit-content;max-width:calc(100vw - 32px);" +
  "margin:auto;padding:8px 8px 8px 20px;border:1px solid #0000;display:flex;flex-wrap:wrap;gap:8px 16px;align-items:center;" +
  "border-radius:var(--fcc-radius,8px);background:var(--fcc-text,#1c2024);color:var(--fcc-background,#fff);" +
  "font:max(15px,.94rem)/1.5 var(--fcc-font,system-ui);box-shadow:0 4px 24px #0006}" +
  "#fcc-reload span{flex:1 1 12em}#fcc-reload button{min-height:44px;padding:4px 16px;border:1px solid;" +
  "border-radius:var(--fcc-radius,8px);background:none;color:inherit;font:inherit;font-weight:600;cursor:pointer}" +
  "#fcc-reload :focus-visible{outline:3px solid;outline-offset:2px}@media print{#fcc-reload{display:none}}";

/** @param {string} label @param {() => void} act */
const button = (label, act) => {
  const el = document.createElement("button");
  el.textContent = label;
  el.onclick = act;
  return el;
};

/** The offer, once it was made. @type {HTMLElement | undefined} */
let box;

/** @param {{ stale: string, reload: string, close: string }} texts */
export const offerReload = (texts) => {
  if (box?.isConnected) return;
  if (!box) styleAnywhere(SHEET);
  box = document.createElement("div");
  box.id = "fcc-reload";
  box.setAttribute("role", "status");
  box.popover = "manual";
  document.body.append(box); // empty: a screen reader says what comes into it
  box.togglePopover?.(true);
  const text = document.createElement("span");
  text.textContent = texts.stale;
  const close = button("×", () => box.remove());
  close.ariaLabel = texts.close;
  box.append(text, button(texts.reload, () => location.reload()), close);
};

/** Takes the offer back. */
export const withdrawOffer = () => box?.remove();
