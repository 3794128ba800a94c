// Writes the consent cookie as the browser keeps it.

import { ALONE } from "#config";
import { document } from "../lib/dom.js";
import { encode, now, read } from "./choice.js";

/** Whether the browser keeps no cookie: then the answers last as long as the page. */
export let lost;

/** @param {import("./choice.js").Choice} c */
export const write = (c) => {
  // One that is for this host only is from before, and its refusals would count too.
  if (ALONE) document.cookie = ALONE;
  document.cookie =
    `__NAME__=${encode(c)};__ATTRIBUTES__;max-age=${c.time + __LIFE__ - now()}` +
    (location.protocol == "https:" ? ";secure" : "");
  lost = !read(document.cookie).time;
};
