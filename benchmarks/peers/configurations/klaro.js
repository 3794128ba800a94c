var klaroConfig = {
  version: 1,
  acceptAll: true,
  lang: "en",
  translations: {
    en: {
      privacyPolicyUrl: "/policy",
      purposes: { functional: "Optional features", statistics: "Statistics", marketing: "Advertising" },
    },
  },
  services: [
    { name: "matomo", title: "Matomo", purposes: ["statistics"], cookies: ["_pk_id", "_pk_ses"] },
    { name: "insight", title: "Insight", purposes: ["statistics"], cookies: ["_ins"] },
    { name: "heat", title: "Heat", purposes: ["statistics"], cookies: ["_heat"] },
    { name: "survey", title: "Survey", purposes: ["statistics"], cookies: ["_srv"] },
    { name: "video", title: "Video", purposes: ["functional"], cookies: ["vid"] },
    { name: "maps", title: "Maps", purposes: ["functional"], cookies: ["mapz"] },
    { name: "ads", title: "Ads", purposes: ["marketing"], cookies: ["_ad"] },
    { name: "social", title: "Social", purposes: ["marketing"], cookies: ["_soc"] },
  ],
};
