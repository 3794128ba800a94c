"""What a site stores on its visitors' devices, declared in Python and checked when it is made.

Import all parts of a policy from here::

    policy = Policy(
        controller="Example Ltd",
        services=[
            Service("Session", category="necessary", provider="Us",
                    cookies=[Cookie("session", purpose="Keeps you signed in", duration="session")]),
        ],
    )
"""

from .durations import Duration
from .faults import Fault, PolicyError, PolicyWarning
from .model import (
    PARTIES,
    STANDARD_CATEGORIES,
    STORAGES,
    Category,
    Cookie,
    Exemption,
    Party,
    Service,
    Storage,
    Text,
    slug,
    token,
)
from .policy import FORMAT, Policy

__all__ = [
    "FORMAT",
    "PARTIES",
    "STANDARD_CATEGORIES",
    "STORAGES",
    "Category",
    "Cookie",
    "Duration",
    "Exemption",
    "Fault",
    "Party",
    "Policy",
    "PolicyError",
    "PolicyWarning",
    "Service",
    "Storage",
    "Text",
    "slug",
    "token",
]
