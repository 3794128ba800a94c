"""What a policy is made of: cookies, services, categories and exemptions.

Plain frozen objects. Their constructors never raise on content: a list becomes a tuple, a value
of a wrong type stays as it is, and the :class:`~flask_cookie_consent.policy.Policy` that uses
them reports every fault at once.

What visitors read is a :data:`Text`: a ``str``, texts by language, or a lazy one.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import timedelta
from functools import cached_property
from typing import Literal, TypeAlias, cast, get_args

from ..i18n.text import Text as Text
from ..i18n.text import choose, keep_wording
from .durations import Duration

Storage: TypeAlias = Literal[
    "cookie", "localStorage", "sessionStorage", "IndexedDB", "CacheStorage", "pixel", "other"
]
Party: TypeAlias = Literal["first", "third"]

STORAGES: tuple[Storage, ...] = get_args(Storage)
PARTIES: tuple[Party, ...] = get_args(Party)

#: An id is no longer than this; it stands in HTML ids and in forms.
MAX_ID = 64


def slug(text: str) -> str:
    """``text`` as an id: plain lower-case letters and digits, ``-`` for everything between.

    ``"Société Générale 2"`` gives ``societe-generale-2``. Letters that have no plain form are
    left out, so a name in another script gives an empty slug, and its service needs an ``id``.
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = decomposed.encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", "-", plain).strip("-")[:MAX_ID].rstrip("-")


@dataclass(frozen=True)
class Cookie:
    """One thing that is stored on, or read from, a visitor's device: an HTTP cookie, or any
    other kind of storage.

    :param name: its name, or a pattern in which ``*`` stands for any characters, also none
        (``_pk_id*``). Nothing but ``*`` is special, so a ``*`` itself cannot be named.
    :param purpose: what it is for, for visitors. May be empty if the service states a purpose.
    :param duration: how long it stays: a ``timedelta``, ``"session"``, ``"persistent"``, a text
        that can be read ("13 months", "1 year 1 month and 4 days"), any other :data:`Text`, a
        :class:`~.durations.Duration`, or ``None`` (not stated). The length in :attr:`lifetime` is
        what was understood.
    :param storage: the kind of storage, one of :data:`STORAGES`.
    :param party: ``"first"`` or ``"third"``, by who stores it; ``None``: as the service.
    :param domain: the ``Domain`` it is set with; ``None``: not stated. A refusal deletes a cookie
        whose domain is stated on that domain and on the host alone, so that a neighbour's cookie
        of the same name stays; one whose domain is not stated, on every domain above the host.
    :param path: the ``Path`` it is set with. A refusal deletes a cookie with another path than
        ``/`` on that path alone.
    :param http_only: whether scripts cannot see it, so that only the server can delete it.
    :param partitioned: whether it is kept apart for each embedding site (CHIPS).
    """

    name: str
    _: KW_ONLY
    purpose: Text = ""
    duration: timedelta | Text | Duration | None = None
    storage: Storage = "cookie"
    party: Party | None = None
    domain: str | None = None
    path: str = "/"
    http_only: bool = False
    partitioned: bool = False

    def __post_init__(self) -> None:
        keep_wording(self, "purpose", "duration")

    @cached_property
    def lifetime(self) -> Duration:
        """:attr:`duration`, as far as it can be understood."""
        return Duration.of(self.duration)

    def matches(self, name: str) -> bool:
        """Whether ``name`` is this cookie's name or fits its pattern, in linear time. Case counts,
        as it does in browsers."""
        first, *others = self.name.split("*")
        if not others:
            return name == first
        *middle, last = others
        if len(name) < len(first) + len(last) or not name.startswith(first):
            return False
        start, end = len(first), len(name) - len(last)
        for piece in middle:  # the leftmost place for each leaves most room for those after it
            found = name.find(piece, start, end)
            if found < 0:
                return False
            start = found + len(piece)
        return name.endswith(last)


@dataclass(frozen=True)
class Exemption:
    """Why a service may run without asking, and where. It is still listed, and a visitor can
    object to it.

    Whether a use is exempt is a matter of each country's law. France and the United Kingdom
    exempt audience measurement under conditions (CNIL; PECR, Schedule A1); Germany and Belgium
    do not. So an exemption is declared by the site, never assumed.

    :param reason: shown to the visitor.
    :param regimes: short lower-case codes of the regimes where it holds, such as ``"fr"`` or
        ``"gb"``. Empty: wherever the site is used, on the site's own judgement.
    """

    reason: Text
    _: KW_ONLY
    regimes: Sequence[str] = ()

    def __post_init__(self) -> None:
        keep_as_tuples(self, "regimes")
        keep_wording(self, "reason")

    def holds(self, regime: str | None) -> bool:
        """Whether it holds in ``regime``. Where the regime is not known (``None``), an exemption
        that names regimes does not hold: the visitor is asked."""
        return not self.regimes or regime in self.regimes


@dataclass(frozen=True)
class Category:
    """What a visitor chooses about: services with one kind of purpose.

    :param id: ``"statistics"``; lower-case letters, digits, ``-`` and ``_``.
    :param title: for visitors. ``None``: our own translated text for the four standard
        categories; for others the id in words.
    :param description: one or two sentences for visitors. ``None``: as for ``title``, and empty
        for categories that are not standard ones.
    :param necessary: services in it run without consent, since the site does not work without.
    :param can_be_exempt: whether a service in it may declare an :class:`Exemption`.
    :param sale: whether its services amount to a sale or sharing of personal data, which a
        browser's Global Privacy Control refuses (11 CCR 7025; advertising across sites does).
    """

    id: str
    _: KW_ONLY
    title: Text | None = None
    description: Text | None = None
    necessary: bool = False
    can_be_exempt: bool = False
    sale: bool = False

    def __post_init__(self) -> None:
        keep_wording(self, "title", "description")

    @property
    def label(self) -> str:
        """The title, where it is one plain text; else the id in words."""
        if isinstance(self.title, str) and self.title:
            return self.title
        return self.id.replace("-", " ").replace("_", " ").capitalize()


#: The categories a policy has unless it says otherwise, in the order they are shown in.
STANDARD_CATEGORIES: tuple[Category, ...] = (
    Category("necessary", necessary=True),
    Category("functional", can_be_exempt=True),
    Category("statistics", can_be_exempt=True),
    Category("marketing", sale=True),
)


@dataclass(frozen=True)
class Service:
    """A provider's function on the site, with the cookies it uses: one row of a policy table.

    :param name: for visitors.
    :param category: id of the category it belongs to.
    :param provider: who provides it; empty if nobody is named. Of a third party not a lazy text:
        visitors are asked again if it changes (:func:`token`).
    :param cookies: what it stores or reads. May be empty (a request can be tracked without).
    :param id: what the site's code calls it: ``consent.allows("matomo")``. Empty: the
        :func:`slug` of the name. Worth pinning, since visitors are asked again about a service
        whose id changes; needed with a name by language or a lazy one, which has no one slug.
    :param function: what it does on the site ("Language selection").
    :param location: where on the site ("front and back office").
    :param purpose: what it is for. Needed where a cookie of it states no purpose of its own.
    :param policy_url: the provider's own policy, an ``http`` or ``https`` URL.
    :param party: ``"first"`` or ``"third"``: who stores its cookies, apart from what for.
    :param exempt: why and where it may run without asking; ``None``: it asks.
    :param countries: where data goes: ISO 3166 codes (``"US"``) or free text.
    :param origins: the origins it loads from (``"https://cdn.example"``).
    """

    name: Text
    _: KW_ONLY
    category: str
    provider: Text = ""
    cookies: Sequence[Cookie] = ()
    id: str = ""
    function: Text = ""
    location: Text = ""
    purpose: Text = ""
    policy_url: str | None = None
    party: Party = "first"
    exempt: Exemption | None = None
    countries: Sequence[Text] = ()
    origins: Sequence[str] = ()

    def __post_init__(self) -> None:
        keep_as_tuples(self, "cookies", "countries", "origins")
        keep_wording(self, "name", "provider", "function", "location", "purpose", "countries")
        no_id = cast("object", self.id) is None or self.id == ""
        if no_id and isinstance(self.name, str):
            object.__setattr__(self, "id", slug(self.name))

    def party_of(self, cookie: Cookie) -> Party:
        """Who stores ``cookie``: what it says itself, else what the service says."""
        return cookie.party or self.party


def token(service: Service, version: str | None, language: str = "en") -> str:
    """What stands for ``service`` in the consent cookie: three base64url characters, the first
    18 bits of a SHA-256.

    It says what a visitor was asked about: which service, in which category, and by which
    provider if that is a third party. If one of these changes, or the site's own ``version``,
    visitors are asked again; if a text changes, they are not.

    :param language: of the policy: of a provider by language, that name counts.
    """
    name = service.provider
    known = choose(name, language, language) if isinstance(name, Mapping) and name else name
    provider = slug(known) if service.party == "third" and isinstance(known, str) else ""
    asked = "\0".join((service.id, service.category, provider, version or ""))
    return base64.urlsafe_b64encode(hashlib.sha256(asked.encode()).digest()[:3])[:3].decode()


def keep_as_tuples(thing: object, *fields: str) -> None:
    """In a frozen ``thing``, replace the sequences in ``fields`` by tuples.

    A text stays a text: it is a sequence too, but one that was meant as a single element.
    """
    for field in fields:
        value: object = getattr(thing, field)
        if isinstance(value, (Sequence, Iterator)) and not isinstance(value, (str, bytes, tuple)):
            object.__setattr__(thing, field, tuple(value))
