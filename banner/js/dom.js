// What several parts need of the page.

/** Where this script came from: the server's other addresses lie beside it. */
const HERE = document.currentScript?.src;

/** @param {string} id @returns {any} */
const $ = (id) => document.getElementById(id);
