"""Cookie consent for Flask: a policy in Python becomes a banner, and the server enforces it."""

from typing import TYPE_CHECKING

from .choice.codec import Choice
from .choice.events import ChoiceEvent, choice_made, cookie_reported
from .choice.location import Regimes, by_country, country_header, maxmind
from .choice.permissions import UnknownName
from .choice.signals import GlobalPrivacyControl, Signal
from .choice.sources import ChoiceSource
from .enforcement.gate import CookieReport, UndeclaredCookie
from .extension import CookieConsent
from .i18n.languages import languages
from .policy import STANDARD_CATEGORIES, Category, Cookie, Exemption, Policy, Service
from .policy.companions import csrf_token, flask_login_remember, flask_session
from .policy.durations import Duration
from .policy.faults import Fault, PolicyError, PolicyWarning
from .policy.regimes import FRANCE, NO_RULES, OPT_IN, UNITED_KINGDOM, UNITED_STATES, Regime
from .ui.colors import Colors
from .web.context import Consent, LateRead, consent
from .web.decorators import requires_consent
from .web.templating import consent_banner, consent_embed, consent_link, consent_policy

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
    "Consent",
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
    "consent_embed",
    "consent_link",
    "consent_policy",
    "cookie_reported",
    "country_header",
    "csrf_token",
    "flask_login_remember",
    "flask_session",
    "languages",
    "maxmind",
    "requires_consent",
]


def __getattr__(name: str) -> object:
    # What records need is an extra, so that it is imported only when asked for.
    if name == "Records":
        from .records.store import Records

        return Records
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
