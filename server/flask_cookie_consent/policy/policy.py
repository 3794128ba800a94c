"""``Policy``: all services of a site, with who is responsible for them, checked as a whole."""

from __future__ import annotations

import warnings
from collections.abc import KeysView, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from types import MappingProxyType

from ..i18n.text import Say, keep_wording, speaker
from .checks import policy_faults, policy_warnings
from .faults import (
    COOKIE_NAME,
    LIFETIME,
    SHARED_DOMAIN,
    PolicyError,
    PolicyWarning,
    optional,
)
from .model import (
    STANDARD_CATEGORIES,
    Category,
    Cookie,
    Service,
    Text,
    keep_as_tuples,
    token,
)

#: Version of the data that :meth:`Policy.to_dict` gives. It changes when a key goes or changes
#: its meaning; a new key does not change it.
FORMAT = 1


class _OwnService(Service):
    """A service that a policy has added by itself.

    Told apart so that ``dataclasses.replace(policy, ...)`` makes it anew from the new values.
    """


@dataclass(frozen=True)
class Policy:
    """All services of a site, with who is responsible for them.

    Making one checks it whole. The consent cookie is listed by itself, as a necessary service
    with the id ``consent``, unless a service of the site holds that cookie.

    :param services: in the order they are shown. The attribute also has the policy's own.
    :param controller: who asks for consent (the data controller), for visitors.
    :param contact: how to reach the controller: an address, a mail address or a URL.
    :param version: the site's own version of the policy. A new one asks every visitor again.
    :param updated: the date it was last changed.
    :param categories: in the order they are shown; one at least is necessary.
    :param language: language tag of the texts in the policy.
    :param lifetime: how long a choice is kept before the visitor is asked again; at most 400
        days. The default, half a year, is what CNIL recommends.
    :param cookie_name: name of the cookie that keeps the choice. With the prefix ``__Host-`` no
        other host can set it; on plain http it is then used without the prefix.
    :param cookie_domain: its ``Domain``: all hosts of the domain share the choice. By default
        each host has its own.
    :raises PolicyError: if anything is wrong; it lists every fault, each with its place.
    :warns PolicyWarning: if no controller is named, if the choice is kept for more than 13
        months, if a cookie lives for more than 400 days (browsers cut it there), and if one of
        exempt audience measurement lives for more than 13 months (CNIL).
    """

    services: Sequence[Service] = ()
    _: KW_ONLY
    controller: Text = ""
    contact: Text | None = None
    version: str | None = None
    updated: date | None = None
    categories: Sequence[Category] = STANDARD_CATEGORIES
    language: str = "en"
    lifetime: timedelta = timedelta(days=182)
    cookie_name: str = "consent"
    cookie_domain: str | None = None

    def __post_init__(self) -> None:
        keep_as_tuples(self, "services", "categories")
        keep_wording(self, "controller", "contact")
        if isinstance(self.services, tuple):
            declared = tuple(s for s in self.services if not isinstance(s, _OwnService))
            object.__setattr__(self, "services", declared)
        if isinstance(self.updated, datetime):  # a datetime is a date, with more than was asked
            object.__setattr__(self, "updated", self.updated.date())
        own = _own_services(self)
        faults = list(policy_faults(self, own))
        if faults:
            raise PolicyError(faults)
        for message in policy_warnings(self, self.controller, self.lifetime):
            # The line to look at is the one that called the generated __init__.
            warnings.warn(message, PolicyWarning, stacklevel=3)
        object.__setattr__(self, "services", (*self.services, *own))

    def service(self, id: str) -> Service:
        """The service with that id.

        :raises KeyError: if there is none.
        """
        return self._services[id]

    def category(self, id: str) -> Category:
        """The category with that id.

        :raises KeyError: if there is none.
        """
        return self._categories[id]

    def services_in(self, category: str) -> tuple[Service, ...]:
        """The services of a category, in the policy's order.

        :raises KeyError: if there is no such category.
        """
        return self._members[category]

    @property
    def names(self) -> KeysView[str]:
        """The ids of all categories and services, which share one namespace."""
        return self._names.keys()

    @property
    def tokens(self) -> Mapping[str, str]:
        """By service id, what stands for the service in the consent cookie (:func:`token`).
        Necessary services have none."""
        return MappingProxyType(self._tokens)

    def asked(self, regime: str | None = None) -> tuple[Service, ...]:
        """The services that need consent: those neither necessary nor exempt.

        :param regime: code of the regime the visitor is under. ``None``: not known, so that an
            exemption which names regimes does not hold.
        """
        return self._split(regime)[0]

    def objectable(self, regime: str | None = None) -> tuple[Service, ...]:
        """The services that are exempt in ``regime``: they run unless the visitor objects."""
        return self._split(regime)[1]

    def to_dict(self, language: str | None = None, say: Say | None = None) -> dict[str, object]:
        """The policy as plain data, ready for JSON; the same for equal policies.

        ``format`` is :data:`FORMAT`. ``lifetime_seconds`` and ``updated`` (ISO 8601) aside, keys
        are named as the arguments of this class, :class:`Category`, :class:`Service`,
        :class:`Exemption` and :class:`Cookie`. Besides, a service has its ``token`` (``null`` if
        it is necessary), and a cookie's ``party`` is never ``null``. A ``duration`` is what
        :meth:`Duration.to_dict` gives.

        :param language: tag of the language for texts that have several; by default the policy's.
        :param say: what gives each text instead, for a site that translates its policy by other
            means.
        """
        say = say or speaker(language or self.language, self.language)
        return {
            "format": FORMAT,
            "controller": say(self.controller),
            "contact": _optional(self.contact, say),
            "version": self.version,
            "updated": None if self.updated is None else self.updated.isoformat(),
            "language": self.language,
            "lifetime_seconds": int(self.lifetime.total_seconds()),
            "cookie_name": self.cookie_name,
            "cookie_domain": self.cookie_domain,
            "categories": [_category_data(c, say) for c in self.categories],
            "services": [_service_data(s, self._tokens.get(s.id), say) for s in self.services],
        }

    # Look-ups are made once. They are plain dicts, which a policy can be copied and pickled with.

    @cached_property
    def _services(self) -> dict[str, Service]:
        return {service.id: service for service in self.services}

    @cached_property
    def _categories(self) -> dict[str, Category]:
        return {category.id: category for category in self.categories}

    @cached_property
    def _names(self) -> dict[str, Service | Category]:
        return {**self._categories, **self._services}

    @cached_property
    def _members(self) -> dict[str, tuple[Service, ...]]:
        members: dict[str, list[Service]] = {category.id: [] for category in self.categories}
        for service in self.services:
            members[service.category].append(service)
        return {category: tuple(services) for category, services in members.items()}

    @cached_property
    def _tokens(self) -> dict[str, str]:
        return {
            service.id: token(service, self.version, self.language)
            for service in self.services
            if not self._categories[service.category].necessary
        }

    @cached_property
    def _splits(self) -> dict[str | None, tuple[tuple[Service, ...], tuple[Service, ...]]]:
        """By regime, what is asked about and what is exempt. All regimes that no exemption names
        are as ``None``, so that this does not grow with what visitors bring."""
        optional = [service for service in self.services if service.id in self._tokens]
        regimes = {regime for s in optional if s.exempt for regime in s.exempt.regimes}
        return {
            regime: (
                tuple(s for s in optional if not (s.exempt and s.exempt.holds(regime))),
                tuple(s for s in optional if s.exempt and s.exempt.holds(regime)),
            )
            for regime in (None, *regimes)
        }

    def _split(self, regime: str | None) -> tuple[tuple[Service, ...], tuple[Service, ...]]:
        return self._splits.get(regime) or self._splits[None]


def _own_services(policy: Policy) -> tuple[Service, ...]:
    """What a policy stores by itself: the consent cookie. The record of proof goes here too."""
    categories = policy.categories if isinstance(policy.categories, tuple) else ()
    necessary = [c.id for c in categories if isinstance(c, Category) and c.necessary is True]
    sound = (
        COOKIE_NAME.holds(policy.cookie_name)
        and optional(SHARED_DOMAIN).holds(policy.cookie_domain)
        and LIFETIME.holds(policy.lifetime)
    )
    if not necessary or not sound or _is_declared(policy.cookie_name, policy.services):
        return ()
    cookie = Cookie(
        policy.cookie_name,
        purpose="Remembers your choice about cookies",
        duration=policy.lifetime,
        domain=policy.cookie_domain,
    )
    return (
        _OwnService(
            "Cookie consent",
            id="consent",
            category=necessary[0],
            provider=policy.controller,
            cookies=(cookie,),
        ),
    )


def _is_declared(cookie_name: str, services: object) -> bool:
    """Whether a service of the site has the cookie of that name. (A pattern does not count: it
    is there for other cookies.)"""
    return any(
        isinstance(cookie, Cookie) and (cookie.storage, cookie.name) == ("cookie", cookie_name)
        for service in (services if isinstance(services, tuple) else ())
        if isinstance(service, Service) and isinstance(service.cookies, tuple)
        for cookie in service.cookies
    )


def _optional(text: Text | None, say: Say) -> str | None:
    return None if text is None else say(text)


def _category_data(category: Category, say: Say) -> dict[str, object]:
    return {
        "id": category.id,
        "title": _optional(category.title, say),
        "description": _optional(category.description, say),
        "necessary": category.necessary,
        "can_be_exempt": category.can_be_exempt,
        "sale": category.sale,
    }


def _service_data(service: Service, token: str | None, say: Say) -> dict[str, object]:
    exempt = service.exempt
    return {
        "id": service.id,
        "token": token,
        "name": say(service.name),
        "category": service.category,
        "provider": say(service.provider),
        "function": say(service.function),
        "location": say(service.location),
        "purpose": say(service.purpose),
        "policy_url": service.policy_url,
        "party": service.party,
        "exempt": exempt and {"reason": say(exempt.reason), "regimes": list(exempt.regimes)},
        "countries": [say(country) for country in service.countries],
        "origins": list(service.origins),
        "cookies": [_cookie_data(service, cookie, say) for cookie in service.cookies],
    }


def _cookie_data(service: Service, cookie: Cookie, say: Say) -> dict[str, object]:
    lifetime = cookie.lifetime
    return {
        "name": cookie.name,
        "purpose": say(cookie.purpose),
        "duration": {**lifetime.to_dict(), "text": say(lifetime.text)},
        "storage": cookie.storage,
        "party": service.party_of(cookie),
        "domain": cookie.domain,
        "path": cookie.path,
        "http_only": cookie.http_only,
        "partitioned": cookie.partitioned,
    }
