// Writes the consent cookie as the browser keeps it.

import { ALONE } from "#config";
import { document } from "../lib/dom.js";
import { encode, now, read } from "./choice.js";

/**
 * The page's cookies, after one is set; none where a page may have none (a sandboxed frame).
 * @param {string} [cookie] to set
 */
export const jar = (cookie) => {
  try {
    if (cookie) document.cookie = cookie;
    return document.cookie;
  } catch {
    return "";
  }
};

/** Whether the browser keeps no cookie: then the answers last as long as the page. */
export let lost;

/** @param {import("./choice.js").Choice} c */
export const write = (c) => {
  // One that is for this host only is from before, and its refusals would count too.
  jar(ALONE);
  const cookie = `__NAME__=${encode(c)};__ATTRIBUTES__;max-age=${c.time + __LIFE__ - now()}`;
  lost = !read(jar(cookie + (location.protocol == "https:" ? ";secure" : ""))).time;
};
