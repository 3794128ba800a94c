// Clears what a visitor who has chosen does not allow. The server expires cookies, also those that
// no script sees; other storage is the browser's alone.

import { DECLARED } from "#config";
import { $, document } from "../lib/dom.js";
import { BASE, consent, HONOURS } from "./page.js";
import { offerReload, withdrawOffer } from "./reload.js";
import { sayHonoured } from "./signal.js";

/** What runs here although it may not any more, as far as the visitor was offered to reload. */
let offered = [];

/**
 * The twin of `Cookie.matches`, in linear time: an expression would try every way to share a name among
 * the stars, and names may be anybody's.
 * @param {string} name @param {string} pattern in which * stands for anything
 */
const fits = (name, pattern) => {
  const [first, ...others] = pattern.split("*");
  const last = others.pop();
  if (last == null || !name.startsWith(first)) return name == pattern;
  let end = first.length;
  for (const part of others) {
    const found = name.indexOf(part, end);
    if (found < 0) return false;
    end = found + part.length;
  }
  return end + last.length <= name.length && name.endsWith(last);
};

/** What declares this; an exact name counts before patterns. @param {string} kind @param {string} name */
const owners = (kind, name) => {
  const same = DECLARED.filter((k) => k[0] == kind);
  const exact = same.filter((k) => k[1] == name);
  return exact[0] ? exact : same.filter((k) => fits(name, k[1]));
};

/** Whether only services that may not run declare this. @param {string} kind @param {string} name */
const isRefused = (kind, name) => {
  const found = owners(kind, name);
  return found[0] && !found.some(([, , , , ...ids]) => ids.some(consent.allows));
};

/**
 * Whether a cookie can be at a place: where every declaration states one, elsewhere is a neighbour's.
 * @param {(string[] | 0)[]} stated @param {string} place
 */
const canBe = (stated, place) => stated.includes(0) || stated.flat().includes(place);

/** Deletes a cookie that scripts see, along the domains and paths above this page. */
const expire = (name) => {
  const found = owners("cookie", name);
  const labels = location.hostname.split(".");
  const parts = location.pathname.split("/");
  const paths = parts.flatMap((_, i) => [parts.slice(0, i + 1).join("/"), parts.slice(0, i).join("/") + "/"]);
  // What stands behind a semicolon would be an attribute.
  for (const path of new Set(paths.filter((p) => p && !p.includes(";"))))
    for (const domain of ["", ...labels.map((_, i) => labels.slice(i).join("."))])
      if (canBe(found.map((k) => k[3]), path.replace(/\/$/, "")) && (!domain || canBe(found.map((k) => k[2]), domain)))
        for (const apart of [/^__(host|secure)-/i.test(name) ? ";secure" : "", ";secure;partitioned"])
          document.cookie = `${name}=;max-age=0;path=${path}${domain && ";domain=" + domain}${apart}`;
};

/**
 * Each kind of storage: its names, and how one is removed. A browser may forbid any of them.
 * @type {Record<string, [() => string[] | Promise<string[]>, (name: string) => unknown]>}
 */
const STORES = {
  cookie: [() => document.cookie.split(/; */).map((c) => c.split("=")[0]), expire],
  localStorage: [() => Object.keys(localStorage), (key) => localStorage.removeItem(key)],
  sessionStorage: [() => Object.keys(sessionStorage), (key) => sessionStorage.removeItem(key)],
  IndexedDB: [
    // Firefox before 126 lists none: then what is declared by its whole name goes.
    async () => (await indexedDB.databases?.())?.map((d) => d.name) || DECLARED.map((k) => k[1]),
    (name) => indexedDB.deleteDatabase(name),
  ],
  CacheStorage: [() => caches.keys(), (name) => caches.delete(name)],
};

export const clearStores = async () => {
  for (const [kind, [names, remove]] of Object.entries(STORES))
    try {
      for (const name of await names()) if (isRefused(kind, name)) remove(name);
    } catch {} // not in this browser, or not on this page
};

/** Lets the server expire cookies until none is left, or none goes any more. */
const clearCookies = async () => {
  const url = new URL("clear?language=" + ($("p#fcc-status")?.lang || ""), BASE);
  for (let least = Infinity, tries = 0; ; ) {
    const answer = await (await fetch(url, { method: "POST", credentials: "include" })).json();
    tries = answer.left < least ? 0 : tries + 1;
    if (!answer.left || tries == 5) return answer;
    least = Math.min(least, answer.left);
  }
};

/** Whether the page says already that the signal is heeded. */
let told;

let cleaning = Promise.resolve();

export const clean = () => {
  cleaning = cleaning.then(async () => {
    if (!consent.given && !HONOURS && !consent.stale[0]) return;
    if (consent.given) await clearStores();
    const texts = await clearCookies().catch(() => {});
    if (HONOURS && texts?.signal && !told) sayHonoured(texts.signal);
    told ||= HONOURS && texts?.signal;
    if (!texts?.reload) return;
    const { stale } = consent;
    if (!stale[0]) withdrawOffer(); // it was allowed again
    if (stale.some((names) => !offered.includes(names))) offerReload(texts);
    offered = stale; // once for each
  });
};
