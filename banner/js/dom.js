// What several parts need of the page.

/** Where the server's addresses are: the folder that this script came from. */
const BASE = document.currentScript.src.replace(/[^/]*$/, "");

/** @param {string} id @returns {any} */
const $ = (id) => document.getElementById(id);
