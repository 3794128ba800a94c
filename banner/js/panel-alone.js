// The panel as a file of its own takes the place of the function that loaded it.

window.cookieConsent.show = show;
