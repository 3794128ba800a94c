"""Cookie consent for Flask: a policy in Python becomes a banner, and the server enforces it."""

from .choice import Choice
from .context import LateRead, UnknownName, consent
from .declarations import csrf_token, flask_login_remember, flask_session
from .durations import Duration
from .events import ChoiceEvent, choice_made, cookie_reported
from .extension import CookieConsent
from .faults import Fault, PolicyError, PolicyWarning
from .gate import CookieReport, UndeclaredCookie
from .guard import requires_consent
from .policy import STANDARD_CATEGORIES, Category, Cookie, Exemption, Policy, Service
from .source import ChoiceSource
from .templating import consent_banner, consent_link, consent_policy

__all__ = [
    "STANDARD_CATEGORIES",
    "Category",
    "Choice",
    "ChoiceEvent",
    "ChoiceSource",
    "Cookie",
    "CookieConsent",
    "CookieReport",
    "Duration",
    "Exemption",
    "Fault",
    "LateRead",
    "Policy",
    "PolicyError",
    "PolicyWarning",
    "Service",
    "UndeclaredCookie",
    "UnknownName",
    "choice_made",
    "consent",
    "consent_banner",
    "consent_link",
    "consent_policy",
    "cookie_reported",
    "csrf_token",
    "flask_login_remember",
    "flask_session",
    "requires_consent",
]
