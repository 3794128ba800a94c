"""Everything a policy is checked for when it is made; each check yields what is wrong.

The checks look at objects whose constructors accepted anything, so each one makes sure of the
types it needs; a value of a wrong type is reported once, by the rule for its field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TypeAlias, TypeVar

from ..i18n.text import is_lazy, is_several
from .durations import Duration
from .faults import (
    COOKIE_NAME,
    DATE,
    DOMAIN,
    DURATION,
    FILLED,
    FLAG,
    ID,
    LANGUAGE,
    LIFETIME,
    MAX_LIFETIME,
    ORIGIN,
    PATH,
    REGIME,
    SHARED_DOMAIN,
    TEXT,
    URL,
    Fault,
    Rule,
    broken,
    broken_elements,
    is_filled,
    is_text,
    one_of,
    optional,
    pattern,
    prefix_with_domain,
    show,
    translatable,
)
from .model import PARTIES, STORAGES, Category, Cookie, Exemption, Service, Text, token
from .translations import (
    CATEGORY_TEXTS,
    COOKIE_TEXTS,
    EXEMPTION_TEXTS,
    POLICY_TEXTS,
    SERVICE_TEXTS,
    is_in_languages,
    wording_faults,
)

#: 13 months of the calendar at their longest. That long, at most, may a cookie of exempt audience
#: measurement live (CNIL); and the consent itself should be asked for again by then.
THIRTEEN_MONTHS = timedelta(days=397)

POLICY_RULES: Mapping[str, Rule] = {
    "controller": translatable(TEXT),
    "contact": optional(translatable(FILLED)),
    "version": optional(FILLED),
    "updated": optional(DATE),
    "language": LANGUAGE,
    "lifetime": LIFETIME,
    "cookie_name": COOKIE_NAME,
    "cookie_domain": optional(SHARED_DOMAIN),
}
POLICY_ELEMENTS: Mapping[str, Rule] = {
    "categories": Rule(lambda value: isinstance(value, Category), "a Category"),
    "services": Rule(lambda value: isinstance(value, Service), "a Service"),
}
CATEGORY_RULES: Mapping[str, Rule] = {
    "id": ID,
    "title": optional(translatable(FILLED)),
    "description": optional(translatable(TEXT)),
    "necessary": FLAG,
    "can_be_exempt": FLAG,
    "sale": FLAG,
}
SERVICE_RULES: Mapping[str, Rule] = {
    "name": translatable(FILLED),
    "id": Rule(ID.holds, f"{ID.allowed} (pass id=... where the name gives none)"),
    "provider": translatable(TEXT),
    "function": translatable(TEXT),
    "location": translatable(TEXT),
    "purpose": translatable(TEXT),
    "policy_url": optional(URL),
    "party": one_of(*PARTIES),
    "exempt": optional(Rule(lambda value: isinstance(value, Exemption), "an Exemption")),
}
SERVICE_ELEMENTS: Mapping[str, Rule] = {
    "cookies": Rule(lambda value: isinstance(value, Cookie), "a Cookie"),
    "countries": translatable(FILLED),
    "origins": ORIGIN,
}
EXEMPTION_RULES: Mapping[str, Rule] = {"reason": translatable(FILLED)}
EXEMPTION_ELEMENTS: Mapping[str, Rule] = {"regimes": REGIME}
COOKIE_RULES: Mapping[str, Rule] = {
    "name": FILLED,
    "purpose": translatable(TEXT),
    "duration": DURATION,
    "storage": one_of(*STORAGES),
    "party": optional(one_of(*PARTIES)),
    "domain": optional(DOMAIN),
    "path": PATH,
    "http_only": FLAG,
    "partitioned": FLAG,
}
# Browsers keep more than the token that RFC 6265 asks servers for ("cart[items]" is in use), so
# a site may declare what others set. What is refused here cannot be a name (";", "=", spaces,
# controls), is read differently from one program to the next (quotes, commas, anything beyond
# ASCII), or is a blank to fill in ("SSESS<id>", which is written "SSESS*").
STORED_NAME = pattern(
    r"[!#-+\--:?-\[\]-~]+",
    "printable ASCII without spaces and \",;<=>\\ ('*' stands for the part that varies)",
)


Thing = TypeVar("Thing", Category, Service, Cookie)
#: A thing with its path, which names it in messages.
Placed: TypeAlias = tuple[str, Thing]


def policy_faults(policy: object, own: Sequence[Service]) -> Iterator[Fault]:
    """Every fault of ``policy``.

    :param own: the services that the policy adds by itself, which are sound.
    """
    language = getattr(policy, "language", None)
    yield from broken(policy, "policy", POLICY_RULES)
    yield from wording_faults(policy, "policy", POLICY_TEXTS, language)
    yield from prefix_with_domain(policy)
    yield from broken_elements(policy, "policy", POLICY_ELEMENTS)
    categories = _placed(policy, "", "categories", Category)
    services = _placed(policy, "", "services", Service)
    known = {category.id: category for _, category in categories if ID.holds(category.id)}
    for path, category in categories:
        yield from broken(category, path, CATEGORY_RULES)
        yield from wording_faults(category, path, CATEGORY_TEXTS, language)
    if not any(category.necessary is True for _, category in categories):
        yield Fault("policy", "categories", "none that is necessary", "one with necessary=True")
    for path, service in services:
        yield from _service_faults(path, service, known, language)
    yield from _same_ids(categories, services, own)
    yield from _same_cookies(services)
    asking = [
        (path, service)
        for path, service in services
        if isinstance(service.category, str)
        and service.category in known
        and known[service.category].necessary is False
    ]
    yield from _same_tokens(asking, getattr(policy, "version", None), language)
    yield from _consent_cookie_refused(asking, getattr(policy, "cookie_name", None))


def _placed(parent: object, path: str, field: str, kind: type[Thing]) -> list[Placed[Thing]]:
    """The elements of a field that are of the kind they should be."""
    elements = getattr(parent, field)
    if not isinstance(elements, tuple):
        return []
    return [
        (f"{path}{field}[{position}] {show(_known_as(element))}", element)
        for position, element in enumerate(elements)
        if isinstance(element, kind)
    ]


def _known_as(thing: Category | Service | Cookie) -> object:
    """What names a thing in messages: of a service whose name is in several languages its id."""
    if isinstance(thing, Category) or (isinstance(thing, Service) and is_several(thing.name)):
        return thing.id
    return thing.name


def _service_faults(
    path: str, service: Service, known: Mapping[str, Category], language: object
) -> Iterator[Fault]:
    in_category = one_of(*known)
    if known:  # else that is the fault to look at
        yield from broken(service, path, {"category": in_category})
    yield from broken(service, path, SERVICE_RULES)
    yield from broken_elements(service, path, SERVICE_ELEMENTS)
    yield from wording_faults(service, path, SERVICE_TEXTS, language)
    if service.party == "third" and is_lazy(service.provider):
        allowed = "a text, or texts by language: visitors are asked again if the provider changes"
        yield Fault(path, "provider", "a lazy text", allowed)
    if isinstance(service.exempt, Exemption):
        yield from broken(service.exempt, f"{path} exempt", EXEMPTION_RULES)
        yield from broken_elements(service.exempt, f"{path} exempt", EXEMPTION_ELEMENTS)
        yield from wording_faults(service.exempt, f"{path} exempt", EXEMPTION_TEXTS, language)
        if in_category.holds(service.category):
            yield from _exemption_misplaced(path, service, known)
    has_purpose = is_filled(service.purpose) or is_several(service.purpose)
    if (
        is_text(service.purpose)
        and service.purpose == ""
        and isinstance(service.cookies, tuple)
        and not service.cookies
    ):
        yield Fault(path, "purpose", "''", "what the service is for, as no cookie of it says so")
    for cookie_path, cookie in _placed(service, f"{path} ", "cookies", Cookie):
        yield from broken(cookie, cookie_path, COOKIE_RULES)
        yield from wording_faults(cookie, cookie_path, COOKIE_TEXTS, language)
        yield from _cookie_faults(cookie_path, cookie, has_purpose)


def _exemption_misplaced(
    path: str, service: Service, known: Mapping[str, Category]
) -> Iterator[Fault]:
    category = known[service.category]
    if category.necessary is True:
        allowed = "None: a service in a necessary category never asks"
    elif category.can_be_exempt is False:
        able = [c.id for c in known.values() if c.can_be_exempt is True and not c.necessary]
        allowed = f"None in this category; an exemption in: {', '.join(able) or 'no category'}"
    else:
        return
    yield Fault(path, "exempt", f"an Exemption in the category {category.id!r}", allowed)


def _cookie_faults(path: str, cookie: Cookie, service_has_purpose: bool) -> Iterator[Fault]:
    """What the rules for single fields cannot see."""
    if is_text(cookie.purpose) and not is_filled(cookie.purpose) and not service_has_purpose:
        allowed = "what the cookie is for (here, or as the purpose of its service)"
        yield Fault(path, "purpose", show(cookie.purpose), allowed)
    if not is_filled(cookie.name):
        return
    if not cookie.name.strip("*"):
        yield Fault(path, "name", show(cookie.name), "a pattern that does not match every name")
    elif cookie.storage == "cookie" and not STORED_NAME.holds(cookie.name):
        yield Fault(path, "name", show(cookie.name), STORED_NAME.allowed)


def _same_ids(
    categories: Sequence[Placed[Category]],
    services: Sequence[Placed[Service]],
    own: Sequence[Service],
) -> Iterator[Fault]:
    """Services and categories share one namespace: ``consent.allows(id)`` takes either."""
    taken = {service.id: f"our own service {service.name!r}" for service in own}
    things: list[tuple[str, Category | Service]] = [*categories, *services]
    for path, thing in things:
        if not ID.holds(thing.id):
            continue
        if thing.id in taken:
            found = f"{show(thing.id)}, which is the id of {taken[thing.id]} too"
            yield Fault(path, "id", found, "an id that no other service or category has")
        else:
            taken[thing.id] = path


def _same_cookies(services: Sequence[Placed[Service]]) -> Iterator[Fault]:
    taken: dict[tuple[str, ...], str] = {}
    for service_path, service in services:
        for path, cookie in _placed(service, f"{service_path} ", "cookies", Cookie):
            if not all(rule.holds(getattr(cookie, key)) for key, rule in COOKIE_RULES.items()):
                continue
            # A browser ignores the dot and the case of a Domain (RFC 6265, section 5.2.3).
            domain = (cookie.domain or "").lstrip(".").lower()
            key = (cookie.storage, cookie.name, domain, cookie.path)
            if key in taken:
                found = f"{show(cookie.name)}, which is declared as {taken[key]} too"
                allowed = "each cookie once, by its storage, name, domain and path"
                yield Fault(path, "name", found, allowed)
            else:
                taken[key] = path


def _same_tokens(
    asking: Sequence[Placed[Service]], version: object, language: object
) -> Iterator[Fault]:
    """With 18 bits, two tokens are the same in 1 of 200 policies with 50 services, and in 2 of 5
    with 500."""
    taken: dict[str, tuple[str, str]] = {}
    for path, service in asking:
        provider = service.provider
        if not (
            ID.holds(service.id) and (is_text(provider) or is_in_languages(provider, language))
        ):
            continue
        mine = token(
            service,
            version if isinstance(version, str) and is_text(version) else None,
            language if isinstance(language, str) else "en",
        )
        other_id, other_path = taken.setdefault(mine, (service.id, path))
        if other_id != service.id:
            found = f"{show(service.id)}, whose token in the consent cookie is that of {other_path}"
            yield Fault(path, "id", found, "another id, for this service or the other")


def _consent_cookie_refused(asking: Sequence[Placed[Service]], name: object) -> Iterator[Fault]:
    """Refusing a service deletes its cookies; the refusal itself must not be among them."""
    if not isinstance(name, str) or not COOKIE_NAME.holds(name):
        return
    for service_path, service in asking:
        for path, cookie in _placed(service, f"{service_path} ", "cookies", Cookie):
            # (A pattern that matches everything is reported as that.)
            sound = is_filled(cookie.name) and cookie.name.strip("*")
            if sound and cookie.storage == "cookie" and cookie.matches(name):
                found = f"{show(cookie.name)}, which the consent cookie {name!r} fits"
                allowed = "the consent cookie in a necessary category only"
                yield Fault(path, "name", found, allowed)


def policy_warnings(policy: object, controller: Text, lifetime: timedelta) -> Iterator[str]:
    """What the owner of a sound policy should know."""
    if isinstance(controller, str) and not controller.strip():
        yield (
            "policy: controller: none is named; visitors must be told who asks for their consent "
            "(GDPR, article 13(1)(a))"
        )
    if lifetime > THIRTEEN_MONTHS:
        yield (
            f"policy: lifetime: {Duration.of(lifetime)}, more than 13 months; CNIL recommends to "
            "ask again after 6 months"
        )
    for path, service in _placed(policy, "", "services", Service):
        for cookie_path, cookie in _placed(service, f"{path} ", "cookies", Cookie):
            reasons = list(_too_long(service, cookie))
            if reasons:
                yield f"{cookie_path}: duration: {cookie.lifetime}; {'; '.join(reasons)}"


def _too_long(service: Service, cookie: Cookie) -> Iterator[str]:
    # A limit of browsers for HTTP cookies; other storage has no end of its own.
    if cookie.storage == "cookie" and _outlives(cookie.lifetime, MAX_LIFETIME):
        yield f"browsers keep no cookie longer than {MAX_LIFETIME.days} days"
    # CNIL's limit is one for audience measurement, in France.
    exempt = service.exempt is not None and service.exempt.holds("fr")
    if exempt and service.category != "functional" and _outlives(cookie.lifetime, THIRTEEN_MONTHS):
        yield "exempt audience measurement may keep it for 13 months at most (CNIL)"


def _outlives(lifetime: Duration, limit: timedelta) -> bool:
    if lifetime.kind == "persistent":
        return True
    return lifetime.longest is not None and lifetime.longest > limit.total_seconds()
