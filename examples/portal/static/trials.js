// Says what became of the tag that waits for nothing. It has to listen before that tag is read.
(() => {
  const name = "/tallymark/forgotten.js";
  let outcome = "";

  const say = (what) => {
    outcome = what;
    const place = document.querySelector("[data-outcome]");
    place.textContent = place.dataset[what];
    place.className = `state ${what == "ran" ? "on" : "off"}`;
  };

  document.addEventListener("securitypolicyviolation", (event) => {
    if (event.blockedURI.endsWith(name)) say("blocked");
  });
  const ended = (event) => {
    if (!event.target.src?.endsWith(name) || outcome == "blocked") return;
    say(document.documentElement.dataset.forgotten == "ran" ? "ran" : "failed");
  };
  document.addEventListener("load", ended, true);
  document.addEventListener("error", ended, true);
})();
