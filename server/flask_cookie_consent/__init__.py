"""Cookie consent for Flask: a policy in Python becomes a banner, and the server enforces it."""

from typing import TYPE_CHECKING

from .choice import Choice
from .colors import Colors
from .context import LateRead, UnknownName, consent
from .declarations import csrf_token, flask_login_remember, flask_session
from .durations import Duration
from .events import ChoiceEvent, choice_made, cookie_reported
from .extension import CookieConsent
from .faults import Fault, PolicyError, PolicyWarning
from .gate import CookieReport, UndeclaredCookie
from .guard import requires_consent
from .policy import STANDARD_CATEGORIES, Category, Cookie, Exemption, Policy, Service
from .regimes import (
    FRANCE,
    NO_RULES,
    OPT_IN,
    UNITED_KINGDOM,
    UNITED_STATES,
    Regime,
    Regimes,
    by_country,
    country_header,
    maxmind,
)
from .signals import GlobalPrivacyControl, Signal
from .source import ChoiceSource
from .templating import consent_banner, consent_link, consent_policy

if TYPE_CHECKING:
    from .records.store import Records as Records

__all__ = [
    "FRANCE",
    "NO_RULES",
    "OPT_IN",
    "STANDARD_CATEGORIES",
    "UNITED_KINGDOM",
    "UNITED_STATES",
    "Category",
    "Choice",
    "ChoiceEvent",
    "ChoiceSource",
    "Colors",
    "Cookie",
    "CookieConsent",
    "CookieReport",
    "Duration",
    "Exemption",
    "Fault",
    "GlobalPrivacyControl",
    "LateRead",
    "Policy",
    "PolicyError",
    "PolicyWarning",
    "Regime",
    "Regimes",
    "Service",
    "Signal",
    "UndeclaredCookie",
    "UnknownName",
    "by_country",
    "choice_made",
    "consent",
    "consent_banner",
    "consent_link",
    "consent_policy",
    "cookie_reported",
    "country_header",
    "csrf_token",
    "flask_login_remember",
    "flask_session",
    "maxmind",
    "requires_consent",
]


def __getattr__(name: str) -> object:
    # What records need is an extra, so that it is imported only when asked for.
    if name == "Records":
        from .records.store import Records

        return Records
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
