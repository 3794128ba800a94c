window.cookieconsent.initialise({
  type: "opt-in",
  position: "bottom",
  palette: { popup: { background: "#ffffff", text: "#1c2024" }, button: { background: "#1c2024" } },
  content: {
    message:
      "With your consent, Example City uses cookies for optional features, statistics and " +
      "advertising. 7 third parties are involved.",
    allow: "Accept all",
    deny: "Reject all",
    link: "Cookie policy",
    href: "/policy",
  },
});
