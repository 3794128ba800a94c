"""``flask consent`` of a site that keeps records, for the page of the reference that lists it."""

from __future__ import annotations

from flask_cookie_consent import CookieConsent, Policy

consent = CookieConsent(Policy(controller="Example Ltd"), records="sqlite:///:memory:").cli
consent.name = "consent"
