// The page carries the panel as an inert script with its nonce and hash, so that opening it
// needs no permission that the page has not given already.

/** @param {HTMLAnchorElement} [link] */
const show = async (link = document.querySelector(LINK)) => {
  const script = $("fcc-m");
  if (script.type) await revive(script);
  if (api.show == show) location.assign(link.href);
  else api.show(link);
};

/** @param {() => void} start */
const boot = (start) => start();
