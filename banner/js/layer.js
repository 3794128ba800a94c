// The first layer, and what a visitor hears of a choice. All markup comes from the server;
// without this script its forms and links do the same by themselves.

/** Shows the first layer if something needs an answer, and names only that. */
const refresh = () => {
  const layer = $("section#fcc");
  if (!layer) return;
  const open = unasked();
  layer.hidden = !open.length;
  for (const li of layer.querySelectorAll("li"))
    li.hidden = !tokens(ASK[li.dataset.c]).some((t) => open.includes(t));
};

/** Says that the choice is saved; keeps the focus near when it was in what went away. */
const announce = () => {
  const status = $("p#fcc-s");
  if (!status) return;
  status.textContent = status.dataset.saved;
  const { activeElement: active, body } = document;
  if (active == body || $("section#fcc")?.contains(active)) status.focus({ preventScroll: true });
};

// On the way down, and no further: htmx and Turbo, which listen at the element and at the document,
// would send the link or the form as well.
const listen = () => {
  addEventListener(
    "click",
    (e) => {
      const link = e.target.closest(LINK);
      if (link) {
        e.stopPropagation();
        e.preventDefault();
        api.show(link);
      }
    },
    true,
  );
  addEventListener(
    "submit",
    (e) => {
      const form = $("section#fcc>form");
      if (e.target == form) {
        e.stopPropagation();
        e.preventDefault();
        // The first layer asks only about what is new.
        if (e.submitter.value == "accept") choose("a", answers(known, unasked()), form);
        else api.reject(form);
      }
    },
    true,
  );
};
