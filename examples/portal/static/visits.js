// The anonymised statistics. Exempt from consent, so it runs until a visitor objects.
(() => {
  const names = { "_pk_id.1.abcd": 394 * 24 * 3600, "_pk_ses.1.abcd": 30 * 60 };

  for (const [name, age] of Object.entries(names)) {
    const known = document.cookie.split("; ").find((c) => c.startsWith(`${name}=`));
    // What the cookie holds tells a returning visit from a new one, not one visitor from another.
    const value = known ? "returning" : "new";
    document.cookie = `${name}=${value}; path=/; max-age=${age}; samesite=lax`;
  }
  navigator.sendBeacon("/visits");

  // A script that runs cannot be stopped from outside: at an objection it tidies up by itself.
  addEventListener("consent:change", ({ detail }) => {
    if (detail.allows("audience")) return;
    for (const name of Object.keys(names)) document.cookie = `${name}=; path=/; max-age=0`;
  });
})();
