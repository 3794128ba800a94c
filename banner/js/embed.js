// Embedded content behind placeholders: loads one without a choice, or allows its service for good.
// Without this script the placeholder's form does the latter by itself.

/** A placeholder that stands for something still. */
const WAITING = ".fcc-e>template+form";

/**
 * The button that has the focus goes with its form: what comes in its place takes it.
 * @param {HTMLFormElement} form
 */
const keepFocus = ({ parentElement: box }) => {
  box.tabIndex = -1;
  box.focus({ preventScroll: true });
};

let styled, shown;

/** Shows what needs the page's own script, once that is there. */
const show = () => {
  if (window.cookieConsent && !shown) style(".fcc-e .fcc-w{visibility:visible!important}");
  shown ||= window.cookieConsent;
};

/** Fetches the placeholders of boxes that the server did not render. */
const fill = () => {
  for (const box of document.querySelectorAll(".fcc-e[data-embed]")) {
    const { embed, ...said } = box.dataset;
    delete box.dataset.embed;
    const request = new XMLHttpRequest();
    request.onload = () => {
      const made = request.status == 200 && request.response.querySelector("div");
      if (!made) return; // the template still waits
      if (!styled) style(request.response.querySelector("script").textContent);
      styled = true;
      for (const { name, value } of made.attributes) box.setAttribute(name, value);
      const [form, sizer] = made.children;
      box.querySelector(":scope>template")?.after(form);
      box.append(sizer);
    };
    const query = new URLSearchParams({ language: box.closest("[lang]")?.lang || "", ...said });
    request.open("GET", new URL(`embed/${embed}?${query}`, HERE));
    request.responseType = "document";
    request.send();
  }
};

if (!window.fccEmbed) {
  window.fccEmbed = true; // each embed brings this script
  addEventListener("click", (e) => {
    const button = e.target.closest(WAITING + " [type=button]");
    if (!button) return;
    const { form } = button;
    const template = form.previousElementSibling;
    keepFocus(form);
    // It waits for what is always allowed from now on. Put back, it is seen as a new one.
    template.dataset.consent = button.value;
    form.before(template);
  });
  addEventListener(
    "submit",
    (e) => {
      const form = e.target;
      if (!window.cookieConsent || !form.matches(WAITING)) return;
      e.stopPropagation(); // on its way down: htmx would send the form as well
      e.preventDefault();
      keepFocus(form);
      cookieConsent.add([form.allow.value], form);
    },
    true,
  );
  show();
  addEventListener("DOMContentLoaded", show);
  addEventListener("load", show);
  fill();
  new MutationObserver(fill).observe(document, { childList: true, subtree: true });
}
