tarteaucitronForceLanguage = "en";
tarteaucitron.init({
  privacyUrl: "/policy",
  orientation: "bottom",
  showIcon: false,
  highPrivacy: true,
  AcceptAllCta: true,
  DenyAllCta: true,
  removeCredit: true,
  googleConsentMode: false,
  bingConsentMode: false,
  pianoConsentMode: false,
});
[
  ["matomo_", "analytic", "Matomo"],
  ["insight", "analytic", "Insight"],
  ["heat", "analytic", "Heat"],
  ["survey", "analytic", "Survey"],
  ["video", "video", "Video"],
  ["maps_", "api", "Maps"],
  ["ads", "ads", "Ads"],
  ["social", "social", "Social"],
].forEach(function (service) {
  tarteaucitron.services[service[0]] = {
    key: service[0],
    type: service[1],
    name: service[2],
    uri: "",
    needConsent: true,
    cookies: [],
    js: function () {},
  };
  (tarteaucitron.job = tarteaucitron.job || []).push(service[0]);
});
