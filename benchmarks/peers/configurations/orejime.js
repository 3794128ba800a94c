window.orejimeConfig = {
  privacyPolicyUrl: "/policy",
  purposes: [
    {
      id: "functional",
      title: "Optional features",
      purposes: [
        { id: "video", title: "Video", cookies: ["vid"] },
        { id: "maps", title: "Maps", cookies: ["mapz"] },
      ],
    },
    {
      id: "statistics",
      title: "Statistics",
      purposes: [
        { id: "matomo", title: "Matomo", cookies: ["_pk_id", "_pk_ses"] },
        { id: "insight", title: "Insight", cookies: ["_ins"] },
        { id: "heat", title: "Heat", cookies: ["_heat"] },
        { id: "survey", title: "Survey", cookies: ["_srv"] },
      ],
    },
    {
      id: "marketing",
      title: "Advertising",
      purposes: [
        { id: "ads", title: "Ads", cookies: ["_ad"] },
        { id: "social", title: "Social", cookies: ["_soc"] },
      ],
    },
  ],
};
