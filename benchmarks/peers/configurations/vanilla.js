import "./dist/cookieconsent.umd.js";

const services = (...labels) => Object.fromEntries(labels.map((label) => [label, { label }]));

CookieConsent.run({
  hideFromBots: false, // a headless browser is one
  guiOptions: { consentModal: { layout: "bar", position: "bottom" } },
  categories: {
    necessary: { enabled: true, readOnly: true },
    functional: { services: services("Video", "Maps") },
    statistics: { services: services("Matomo", "Insight", "Heat", "Survey") },
    marketing: { services: services("Ads", "Social") },
  },
  language: {
    default: "en",
    translations: {
      en: {
        consentModal: {
          title: "We use cookies.",
          description:
            "With your consent, Example City uses cookies for optional features, statistics and " +
            "advertising. 7 third parties are involved.",
          acceptAllBtn: "Accept all",
          acceptNecessaryBtn: "Reject all",
          showPreferencesBtn: "Customise",
          footer: '<a href="/policy">Cookie policy</a>',
        },
        preferencesModal: {
          title: "Cookie settings",
          acceptAllBtn: "Accept all",
          acceptNecessaryBtn: "Reject all",
          savePreferencesBtn: "Save",
          closeIconLabel: "Close",
          sections: [
            { title: "Necessary", linkedCategory: "necessary" },
            { title: "Optional features", linkedCategory: "functional" },
            { title: "Statistics", linkedCategory: "statistics" },
            { title: "Advertising", linkedCategory: "marketing" },
          ],
        },
      },
    },
  },
});
