// What few visitors need comes when it is needed: the preferences, and the clean-up after a refusal
// (panel.js, clean.js). The page carries it as an inert script with its nonce and hash, so that
// it needs no permission that the page has not given already.

/** Who asks for it while it is on its way waits for it too. */
const more = () => (more.done ??= revive($("script#fcc-m")));

/** @param {HTMLAnchorElement} [link] */
const show = async (link = $(LINK)) => {
  await more();
  if (api.show == show) location.assign(new URL("preferences" + (link?.search || ""), HERE));
  else api.show(link);
};

/** @param {() => void} start */
const boot = (start) => start();
