// The least that works: a form in the page, shown where no choice is kept.
(() => {
  const NAME = "choice";
  const HALF_A_YEAR = 182 * 24 * 60 * 60;
  const form = document.getElementById("consent");
  if (!form) return;

  const choice = () =>
    document.cookie
      .split("; ")
      .find((cookie) => cookie.startsWith(NAME + "="))
      ?.slice(NAME.length + 1);

  const keep = (answer) => {
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `${NAME}=${answer}; path=/; max-age=${HALF_A_YEAR}; samesite=lax${secure}`;
  };

  const release = () => {
    for (const waiting of document.querySelectorAll("script[type='text/plain']")) {
      const script = document.createElement("script");
      script.src = waiting.dataset.src;
      waiting.replaceWith(script);
    }
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const answer = event.submitter.value;
    const body = new URLSearchParams({ answer });
    keep(answer);
    form.hidden = true;
    fetch(form.action, { method: "POST", body, keepalive: true }).catch(() => {});
    if (answer === "accept") release();
  });

  const kept = choice();
  if (kept === "accept") release();
  form.hidden = Boolean(kept);
})();
