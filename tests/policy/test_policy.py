"""Policies: what they are made of, what they find wrong, and what they know."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
import re
import warnings
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_cookie_consent.policy import (
    STANDARD_CATEGORIES,
    STORAGES,
    Category,
    Cookie,
    Duration,
    Exemption,
    Fault,
    Policy,
    PolicyError,
    PolicyWarning,
    Service,
    slug,
    token,
)

SESSION = Service(
    "Session",
    category="necessary",
    provider="Us",
    cookies=[Cookie("session", purpose="Keeps you signed in", duration="session")],
)
MATOMO = Service(
    "Matomo",
    category="statistics",
    provider="Us",
    exempt=Exemption("Anonymised audience measurement"),
    cookies=[Cookie("_pk_id*", purpose="Counts visits", duration="13 months")],
)


def make(*services: Any, **arguments: Any) -> Policy:
    arguments.setdefault("controller", "Example Ltd")
    return Policy(services, **arguments)


def simple(name: str = "Thing", category: str = "statistics", **arguments: Any) -> Service:
    arguments.setdefault("purpose", "An example")
    return Service(name, category=category, **arguments)


def faults(*services: Any, **arguments: Any) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        make(*services, **arguments)
    return [str(fault) for fault in caught.value.faults]


def fault(*services: Any, **arguments: Any) -> str:
    (only,) = faults(*services, **arguments)
    return only


def cookie_fault(name: Any = "c", **arguments: Any) -> str:
    """What is wrong with a cookie, without the path that every such message begins with."""
    arguments.setdefault("purpose", "An example")
    message = fault(simple(purpose="", cookies=[Cookie(name, **arguments)]))
    path, rest = re.split(r"(?<=\)|'): |(?<=None): ", message, maxsplit=1)
    assert path.startswith("services[0] 'Thing' cookies[0] ")
    return rest


def fields_of(kind: Any) -> list[str]:
    return [field.name for field in dataclasses.fields(kind)]


def but(thing: Any, **changes: Any) -> Any:
    return dataclasses.replace(thing, **changes)


def warned(*services: Any, **arguments: Any) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        make(*services, **arguments)
    assert all(warning.category is PolicyWarning for warning in caught)
    assert all(warning.filename == __file__ for warning in caught)
    return [str(warning.message) for warning in caught]


@pytest.fixture(autouse=True)
def _no_warning_unless_expected() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


# -- Cookies ----------------------------------------------------------------------------------


def test_the_documented_forms_work_as_written() -> None:
    policy = make(SESSION, MATOMO)
    assert policy.service("session") is SESSION
    assert policy.service("matomo") is MATOMO


#: Patterns, names, and whether they fit: for the server and for the script alike.
PATTERNS = [
    ("_ga", "_ga", True),
    ("_ga", "_gat", False),
    ("_ga", "_GA", False),
    ("_pk_id*", "_pk_id", True),
    ("_pk_id*", "_pk_id.1.1fff", True),
    ("_pk_id*", "x_pk_id", False),
    ("*_token", "csrf_token", True),
    ("a*b*c", "a-b-c", True),
    ("a*b*c", "abc", True),
    ("a*b*c", "acb", False),
    ("a*a", "a", False),
    ("*ab*", "xaab", True),
    ("a**b", "a-b", True),
    ("a.c[1]?", "a.c[1]?", True),
    ("a.c", "abc", False),
]


@pytest.mark.parametrize(("pattern", "name", "fits"), PATTERNS)
def test_a_star_stands_for_any_characters_and_nothing_else_is_special(
    pattern: str, name: str, fits: bool
) -> None:
    assert Cookie(pattern).matches(name) is fits


@given(st.text("ab*", max_size=8), st.text("ab", max_size=12))
def test_matching_agrees_with_a_regular_expression(pattern: str, name: str) -> None:
    oracle = ".*".join(re.escape(piece) for piece in pattern.split("*"))
    assert Cookie(pattern).matches(name) is bool(re.fullmatch(oracle, name, re.DOTALL))


def test_no_pattern_makes_matching_slow() -> None:
    """With backtracking this would not end."""
    assert not Cookie("*a" * 500 + "*b").matches("a" * 50_000 + "c")


def test_a_cookie_knows_its_duration_in_whichever_way_it_was_given() -> None:
    assert Cookie("c", duration=timedelta(days=2)).lifetime.parts == ((2, "day"),)
    assert Cookie("c", duration="13 months").lifetime.parts == ((13, "month"),)
    own = Duration.free("depends", at_most="1 year")
    assert Cookie("c", duration=own).lifetime is own
    assert Cookie("c").lifetime.kind == "unknown"


def test_a_cookie_is_stored_by_the_party_of_its_service_unless_it_says_otherwise() -> None:
    service = Service("Video", category="marketing", party="third")
    assert service.party_of(Cookie("a")) == "third"
    assert service.party_of(Cookie("a", party="first")) == "first"


# -- Services and categories ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Matomo", "matomo"),
        ("Société Générale 2", "societe-generale-2"),
        ("  A / B_c  ", "a-b-c"),
        ("Straße", "strasse"),
        ("統計", ""),
        ("a" * 63 + " b", "a" * 63),
    ],
)
def test_an_id_is_made_of_the_name(name: str, expected: str) -> None:
    assert slug(name) == expected
    assert Service(name, category="x").id == expected


@given(st.text())
def test_an_id_made_of_any_name_is_a_sound_one_or_empty(name: str) -> None:
    assert re.fullmatch(r"([a-z0-9][a-z0-9-]{0,63})?", slug(name))


def test_an_id_can_be_pinned() -> None:
    assert Service("Our statistics", category="statistics", id="stats").id == "stats"


def test_lists_become_tuples_so_that_nothing_changes_later() -> None:
    cookies = [Cookie("a")]
    generated: Any = (country for country in ["US"])
    service = Service("S", category="x", cookies=cookies, countries=generated)
    cookies.clear()
    assert service.cookies == (Cookie("a"),)
    assert service.countries == ("US",)
    assert Exemption("r", regimes=["fr"]).regimes == ("fr",)


def test_constructors_take_anything() -> None:
    nonsense: Any = object()
    for kind in (Cookie, Exemption, Category):
        kind(nonsense)
    Service(nonsense, category=nonsense, cookies=nonsense, countries=nonsense, id=nonsense)


def test_there_are_four_standard_categories_of_which_two_can_be_exempt() -> None:
    assert [c.id for c in STANDARD_CATEGORIES] == [
        "necessary",
        "functional",
        "statistics",
        "marketing",
    ]
    assert [c.id for c in STANDARD_CATEGORIES if c.necessary] == ["necessary"]
    assert [c.id for c in STANDARD_CATEGORIES if c.can_be_exempt] == ["functional", "statistics"]


def test_a_category_without_a_title_is_called_by_its_id() -> None:
    assert Category("live-chat").label == "Live chat"
    assert Category("live-chat", title="Talk to us").label == "Talk to us"


def test_own_categories_keep_their_order() -> None:
    own = [Category("chat"), Category("base", necessary=True), Category("ads")]
    policy = make(simple(category="chat"), categories=own)
    assert policy.categories == tuple(own)
    assert list(policy.names) == ["chat", "base", "ads", "thing", "consent"]
    assert policy.service("consent").category == "base"


# -- Faults -----------------------------------------------------------------------------------


def test_every_fault_is_listed_at_once_with_its_place_what_was_found_and_what_is_allowed() -> None:
    with pytest.raises(PolicyError) as caught:
        make(SESSION, MATOMO, simple("Ads", "stats", party="both"), lifetime=timedelta(0))
    assert caught.value.faults[1] == Fault(
        path="services[2] 'Ads'",
        field="category",
        found="'stats'",
        allowed="necessary, functional, statistics, marketing",
    )
    assert str(caught.value) == (
        "the policy has 3 faults:\n"
        "  policy: lifetime: found datetime.timedelta(0); allowed: a timedelta of 1 second to 400 "
        "days\n"
        "  services[2] 'Ads': category: found 'stats'; allowed: necessary, functional, "
        "statistics, marketing\n"
        "  services[2] 'Ads': party: found 'both'; allowed: first, third"
    )


def test_a_policy_error_is_a_value_error_that_can_be_pickled() -> None:
    with pytest.raises(ValueError, match="the policy has 1 fault:") as caught:
        make(simple(category="stats"))
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.faults == caught.value.faults  # type: ignore[attr-defined]


def test_what_was_found_is_shortened() -> None:
    assert len(fault(simple(id="x" * 10_000))) < 300


def test_two_services_with_one_id() -> None:
    assert fault(simple("Maps", origins=[]), simple("maps")) == (
        "services[1] 'maps': id: found 'maps', which is the id of services[0] 'Maps' too; "
        "allowed: an id that no other service or category has"
    )


def test_a_service_with_the_id_of_a_category() -> None:
    assert fault(simple("Marketing")) == (
        "services[0] 'Marketing': id: found 'marketing', which is the id of categories[3] "
        "'marketing' too; allowed: an id that no other service or category has"
    )


def test_a_service_with_the_id_of_the_one_that_every_policy_has() -> None:
    assert fault(simple("Consent")) == (
        "services[0] 'Consent': id: found 'consent', which is the id of our own service "
        "'Cookie consent' too; allowed: an id that no other service or category has"
    )


def test_two_categories_with_one_id() -> None:
    assert fault(categories=[*STANDARD_CATEGORIES, Category("functional")]) == (
        "categories[4] 'functional': id: found 'functional', which is the id of categories[1] "
        "'functional' too; allowed: an id that no other service or category has"
    )


@pytest.mark.parametrize("id", ["-x", "X", "a b", "é", "a" * 65, "_a", "a\n"])
def test_an_id_that_is_not_sound(id: str) -> None:
    assert fault(simple(id=id)).startswith(f"services[0] 'Thing': id: found {id[:20]!r}"[:30])
    assert "a-z, 0-9, '-' and '_', at most 64 characters" in fault(simple(id=id))


def test_an_id_that_comes_out_empty() -> None:
    assert fault(simple("統計")) == (
        "services[0] '統計': id: found ''; allowed: an id of a-z, 0-9, '-' and '_', at most 64 "
        "characters (pass id=... where the name gives none)"
    )


def test_no_necessary_category() -> None:
    assert fault(categories=[Category("statistics")]) == (
        "policy: categories: found none that is necessary; allowed: one with necessary=True"
    )


def test_a_cookie_declared_twice_by_two_services() -> None:
    cookie = Cookie("_ga", purpose="Counts", domain="example.org")
    same = Cookie("_ga", purpose="Other words", domain=".Example.org")
    assert fault(simple("A", cookies=[cookie]), simple("B", cookies=[same])) == (
        "services[1] 'B' cookies[0] '_ga': name: found '_ga', which is declared as services[0] "
        "'A' cookies[0] '_ga' too; allowed: each cookie once, by its storage, name, domain and "
        "path"
    )


def test_one_name_in_two_storages_domains_or_paths_is_two_cookies() -> None:
    cookies = [
        Cookie("a"),
        Cookie("a", storage="localStorage"),
        Cookie("a", domain="example.org"),
        Cookie("a", path="/a"),
    ]
    make(simple(cookies=cookies))


def test_an_empty_cookie_name() -> None:
    assert cookie_fault("") == "name: found ''; allowed: a text that is not empty"


@pytest.mark.parametrize("name", ["a b", "a;b", "a=b", "a,b", "SSESS<id>", "a\n", "é", "_ga…"])
def test_a_name_that_no_cookie_can_have(name: str) -> None:
    assert cookie_fault(name) == (
        f"name: found {name!r}; allowed: printable ASCII without spaces and \",;<=>\\ ('*' stands "
        "for the part that varies)"
    )


@pytest.mark.parametrize("name", ["__Host-a", "cart[items]", "a:b", "%7Ea", "a*b", "1P_JAR"])
def test_a_name_that_browsers_keep(name: str) -> None:
    make(simple(cookies=[Cookie(name)]))


def test_other_storage_takes_any_name() -> None:
    make(simple(cookies=[Cookie("the visitor's settings", storage="localStorage")]))


@pytest.mark.parametrize("pattern", ["*", "**"])
def test_a_pattern_that_matches_everything(pattern: str) -> None:
    assert cookie_fault(pattern) == (
        f"name: found {pattern!r}; allowed: a pattern that does not match every name"
    )


def test_a_cookie_without_any_purpose() -> None:
    assert cookie_fault(purpose=" ") == (
        "purpose: found ' '; allowed: what the cookie is for (here, or as the purpose of its "
        "service)"
    )


def test_the_purpose_of_the_service_is_enough() -> None:
    make(simple(purpose="Counts visits", cookies=[Cookie("a"), Cookie("b")]))


def test_a_service_without_cookies_and_purpose() -> None:
    assert fault(simple(purpose="")) == (
        "services[0] 'Thing': purpose: found ''; allowed: what the service is for, as no cookie "
        "of it says so"
    )


@pytest.mark.parametrize(
    ("category", "allowed"),
    [
        ("marketing", "None in this category; an exemption in: functional, statistics"),
        ("necessary", "None: a service in a necessary category never asks"),
    ],
)
def test_an_exemption_in_a_category_that_cannot_be_exempt(category: str, allowed: str) -> None:
    assert fault(simple(category=category, exempt=Exemption("Because"))) == (
        f"services[0] 'Thing': exempt: found an Exemption in the category {category!r}; "
        f"allowed: {allowed}"
    )


def test_an_exemption_without_a_reason() -> None:
    assert fault(simple(exempt=Exemption(" "))) == (
        "services[0] 'Thing' exempt: reason: found ' '; allowed: a text that is not empty"
    )


def test_an_exemption_in_something_that_is_no_regime() -> None:
    assert fault(simple(exempt=Exemption("Because", regimes=["fr", "France"]))) == (
        "services[0] 'Thing' exempt: regimes[1]: found 'France'; allowed: a short lower-case code "
        "such as 'fr' or 'gb'"
    )


def colliding() -> tuple[Service, Service]:
    seen: dict[str, Service] = {}
    for number in range(100_000):
        service = simple(f"Service {number}")
        other = seen.setdefault(token(service, None), service)
        if other is not service:
            return other, service
    raise AssertionError("18 bits must collide")


def test_two_services_with_one_token() -> None:
    one, other = colliding()
    assert fault(one, other) == (
        f"services[1] {other.name!r}: id: found {other.id!r}, whose token in the consent cookie "
        f"is that of services[0] {one.name!r}; allowed: another id, for this service or the other"
    )
    make(one, but(other, category="necessary"))


def test_an_optional_service_cannot_hold_the_consent_cookie() -> None:
    for name in ("consent", "con*"):
        message = fault(simple(cookies=[Cookie(name)]))
        assert message == (
            f"services[0] 'Thing' cookies[0] {name!r}: name: found {name!r}, which the consent "
            "cookie 'consent' fits; allowed: the consent cookie in a necessary category only"
        )


def test_an_unknown_storage() -> None:
    assert cookie_fault(storage="cookies") == (
        f"storage: found 'cookies'; allowed: {', '.join(STORAGES)}"
    )


def test_an_unknown_party() -> None:
    assert cookie_fault(party="1st") == "party: found '1st'; allowed: first, third (or None)"


@pytest.mark.parametrize("domain", ["", "https://a.example", "a.example;x", "a..b", "a b"])
def test_a_domain_that_is_none(domain: str) -> None:
    assert cookie_fault(domain=domain) == (
        f"domain: found {domain!r}; allowed: a domain such as 'example.org' (or None)"
    )


@pytest.mark.parametrize("path", ["", "a", "/a;b", "/a\r\nSet-Cookie: x"])
def test_a_path_that_is_none(path: str) -> None:
    assert cookie_fault(path=path) == (
        f"path: found {path!r}; allowed: a path that begins with '/'"
    )


@pytest.mark.parametrize(
    "duration",
    [
        timedelta(0),
        timedelta(days=-1),
        "0 days",
        5,
        Duration.free("depends", at_most="whenever"),
        Duration.free("depends", at_most=timedelta(0)),
    ],
)
def test_a_duration_that_is_none(duration: Any) -> None:
    message = cookie_fault(duration=duration)
    assert message.startswith("duration: found ")
    assert message.endswith(
        "allowed: a timedelta, a text or a Duration, longer than nothing, or None (not stated)"
    )


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "/privacy", "ftp://a.example", "https://", "https://a b", ""]
)
def test_a_policy_url_that_is_not_http(url: str) -> None:
    assert fault(simple(policy_url=url)) == (
        f"services[0] 'Thing': policy_url: found {url!r}; allowed: an http or https URL (or None)"
    )


@pytest.mark.parametrize("url", ["https://a.example", "HTTP://a.example:8080/p?q=1#f"])
def test_a_policy_url_that_is_http(url: str) -> None:
    make(simple(policy_url=url))


@pytest.mark.parametrize("origin", ["https://a.example", "http://*.a.example:8080"])
def test_an_origin(origin: str) -> None:
    make(simple(origins=[origin]))


@pytest.mark.parametrize("origin", ["a.example", "https://a.example/", "https://a.example/x.js"])
def test_an_origin_that_is_none(origin: str) -> None:
    assert fault(simple(origins=[origin])) == (
        f"services[0] 'Thing': origins[0]: found {origin!r}; allowed: an origin such as "
        "'https://cdn.example'"
    )


@pytest.mark.parametrize("lifetime", [timedelta(0), timedelta(days=-1), timedelta(days=401)])
def test_a_lifetime_of_the_consent_that_cannot_be(lifetime: timedelta) -> None:
    assert fault(lifetime=lifetime) == (
        f"policy: lifetime: found {lifetime!r}; allowed: a timedelta of 1 second to 400 days"
    )


@pytest.mark.parametrize("name", ["", "a b", "a;b", "é", "a*", "a" * 65])
def test_a_name_of_the_consent_cookie_that_cannot_be(name: str) -> None:
    message = fault(cookie_name=name)
    assert message.startswith(f"policy: cookie_name: found {name!r}; allowed: a cookie name of ")
    assert message.endswith("at most 64 characters")


@pytest.mark.parametrize("language", ["", "english language", "e"])
def test_a_language_that_is_none(language: str) -> None:
    assert fault(language=language) == (
        f"policy: language: found {language!r}; allowed: a language tag such as 'en' or 'pt-BR'"
    )


def test_a_text_that_cannot_be_sent() -> None:
    assert fault(controller="\ud800") == ("policy: controller: found '\\ud800'; allowed: a text")


def test_a_single_thing_where_a_list_is_meant() -> None:
    assert fault(simple(countries="US")) == (
        "services[0] 'Thing': countries: found 'US'; allowed: a list; each element: a text that "
        "is not empty"
    )
    assert faults(simple(cookies=["_ga"])) == [
        "services[0] 'Thing': cookies[0]: found '_ga'; allowed: a Cookie"
    ]
    with pytest.raises(PolicyError, match=r"policy: services: found Service\("):
        Policy(SESSION, controller="Us")  # type: ignore[arg-type]


@pytest.mark.parametrize("field", fields_of(Policy))
def test_a_wrong_type_in_any_field_of_a_policy_is_named(field: str) -> None:
    found = faults(**{field: 3.5}) if field != "services" else []
    if field == "services":
        with pytest.raises(PolicyError) as caught:
            Policy(3.5, controller="Us")  # type: ignore[arg-type]
        found = [str(fault) for fault in caught.value.faults]
    assert found[0].startswith(f"policy: {field}: found 3.5 (float); allowed: ")


@pytest.mark.parametrize("field", fields_of(Category))
def test_a_wrong_type_in_any_field_of_a_category_is_named(field: str) -> None:
    wrong = but(Category("mine"), **{field: 3.5})
    (found,) = faults(categories=[*STANDARD_CATEGORIES, wrong])
    assert f": {field}: found 3.5 (float); allowed: " in found


@pytest.mark.parametrize("field", fields_of(Service))
def test_a_wrong_type_in_any_field_of_a_service_is_named(field: str) -> None:
    (found,) = faults(but(simple(), **{field: 3.5}))
    assert f": {field}: found 3.5 (float); allowed: " in found


@pytest.mark.parametrize("field", fields_of(Exemption))
def test_a_wrong_type_in_any_field_of_an_exemption_is_named(field: str) -> None:
    wrong = but(Exemption("Because"), **{field: 3.5})
    (found,) = faults(simple(exempt=wrong))
    assert found.startswith(f"services[0] 'Thing' exempt: {field}: found 3.5 (float); allowed: ")


@pytest.mark.parametrize("field", fields_of(Cookie))
def test_a_wrong_type_in_any_field_of_a_cookie_is_named(field: str) -> None:
    wrong = but(Cookie("c"), **{field: 3.5})
    (found,) = faults(simple(cookies=[wrong]))
    assert f": {field}: found 3.5 (float); allowed: " in found


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.lists(st.text()),
    st.sets(st.integers()),
    st.dictionaries(st.text(), st.integers()),
    st.timedeltas(),
    st.datetimes(),
    st.just(SESSION),
    st.just(Cookie),
)


def of_anything(kind: type) -> st.SearchStrategy[Any]:
    return st.builds(kind, **dict.fromkeys(fields_of(kind), ANYTHING))


@given(st.data())
def test_whatever_a_policy_is_made_of_the_answer_is_a_policy_or_a_policy_error(
    data: st.DataObject,
) -> None:
    cookies = st.lists(of_anything(Cookie) | ANYTHING, max_size=2)
    services = st.builds(
        Service,
        name=ANYTHING,
        category=st.sampled_from(["necessary", "statistics", "marketing"]) | ANYTHING,
        cookies=cookies,
        exempt=of_anything(Exemption) | ANYTHING,
        id=ANYTHING,
        party=st.just("third") | ANYTHING,
        provider=ANYTHING,
    )
    arguments: dict[str, Any] = data.draw(
        st.dictionaries(st.sampled_from(fields_of(Policy)[1:]), ANYTHING, max_size=3)
    )
    drawn = data.draw(st.lists(services | of_anything(Service) | ANYTHING, max_size=3))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PolicyWarning)
        try:
            policy = Policy(drawn, **arguments)
        except PolicyError as error:
            said = str(error)
        else:
            said = json.dumps(policy.to_dict())
    assert said


# -- Warnings ---------------------------------------------------------------------------------


def test_no_controller_is_a_warning() -> None:
    assert warned(SESSION, controller="") == [
        "policy: controller: none is named; visitors must be told who asks for their consent "
        "(GDPR, article 13(1)(a))"
    ]


@pytest.mark.parametrize("duration", ["2 years", timedelta(days=401), "up to 3 years"])
def test_a_cookie_of_more_than_400_days_is_a_warning(duration: Any) -> None:
    (message,) = warned(simple(cookies=[Cookie("_ga", duration=duration)]))
    assert message.startswith("services[0] 'Thing' cookies[0] '_ga': duration: ")
    assert message.endswith("; browsers keep no cookie longer than 400 days")


def test_a_cookie_without_end_is_a_warning() -> None:
    assert len(warned(simple(cookies=[Cookie("_ga", duration="persistent")]))) == 1


@pytest.mark.parametrize(
    "cookie",
    [
        Cookie("_ga", duration="13 months"),
        Cookie("_ga", duration="1 year 1 month and 4 days"),
        Cookie("_ga", duration=timedelta(days=400)),
        Cookie("key", storage="localStorage", duration="persistent"),
        Cookie("key", storage="localStorage", duration="2 years"),
    ],
)
def test_what_browsers_do_not_cut_is_no_warning(cookie: Cookie) -> None:
    assert warned(simple(cookies=[cookie])) == []


@pytest.mark.parametrize(
    "cookie",
    [
        Cookie("id", duration="14 months", storage="localStorage"),
        Cookie("id", duration=timedelta(days=398)),
    ],
)
def test_an_exempt_cookie_of_more_than_13_months_is_a_warning(cookie: Cookie) -> None:
    (message,) = warned(but(MATOMO, cookies=[cookie], purpose="Counts"))
    assert message.endswith(
        "; exempt audience measurement may keep it for 13 months at most (CNIL)"
    )


def test_cnils_limit_counts_for_exempt_measurement_in_france() -> None:
    cookies = [Cookie("id", duration=timedelta(days=398))]
    british = Exemption("Statistics", regimes=["gb"])
    assert warned(MATOMO) == []
    assert warned(simple(cookies=cookies)) == []
    assert warned(simple(cookies=cookies, exempt=british)) == []
    assert warned(simple(category="functional", cookies=cookies, exempt=Exemption("Look"))) == []


def test_a_consent_kept_for_more_than_13_months_is_a_warning() -> None:
    assert warned(lifetime=timedelta(days=397)) == []
    assert warned(lifetime=timedelta(days=400)) == [
        "policy: lifetime: 400 days, more than 13 months; CNIL recommends to ask again after 6 "
        "months"
    ]


# -- What a policy knows ----------------------------------------------------------------------


def test_every_policy_lists_the_consent_cookie_by_itself() -> None:
    policy = make(SESSION, lifetime=timedelta(days=30), cookie_name="choice")
    own = policy.service("consent")
    assert own == policy.services[-1]
    assert (own.category, own.provider) == ("necessary", "Example Ltd")
    (cookie,) = own.cookies
    assert (cookie.name, cookie.purpose) == ("choice", "Remembers your choice about cookies")
    assert cookie.lifetime.parts == ((30, "day"),)


def test_a_site_may_declare_the_consent_cookie_itself() -> None:
    mine = simple("Privacy", "necessary", cookies=[Cookie("consent")])
    assert make(mine).services == (mine,)


def test_a_pattern_does_not_declare_the_consent_cookie() -> None:
    policy = make(simple("Privacy", "necessary", cookies=[Cookie("con*")]))
    assert "consent" in policy.names


def test_a_policy_with_other_values_describes_its_consent_cookie_anew() -> None:
    policy = but(make(SESSION), lifetime=timedelta(days=10), cookie_name="c2")
    (cookie,) = policy.service("consent").cookies
    assert (cookie.name, str(cookie.lifetime)) == ("c2", "10 days")
    assert policy.services[:-1] == (SESSION,)


def test_look_ups_know_services_and_categories_by_id() -> None:
    policy = make(SESSION, MATOMO, version="2", updated=date(2026, 1, 2))
    assert policy.category("marketing") is STANDARD_CATEGORIES[3]
    assert policy.services_in("statistics") == (MATOMO,)
    assert policy.services_in("marketing") == ()
    assert list(policy.names) == [
        *(category.id for category in STANDARD_CATEGORIES),
        "session",
        "matomo",
        "consent",
    ]
    for look_up in (policy.service, policy.category, policy.services_in):
        with pytest.raises(KeyError):
            look_up("nothing")


def test_a_service_is_asked_about_unless_it_is_necessary_or_exempt() -> None:
    ads = simple("Ads", "marketing")
    policy = make(SESSION, MATOMO, ads)
    assert policy.asked() == policy.asked("de") == (ads,)
    assert policy.objectable() == policy.objectable("de") == (MATOMO,)


def test_an_exemption_with_regimes_holds_there_only_and_not_where_the_regime_is_unknown() -> None:
    measured = simple(exempt=Exemption("Because", regimes=["fr", "gb"]))
    policy = make(measured)
    for regime in ("fr", "gb"):
        assert policy.asked(regime) == ()
        assert policy.objectable(regime) == (measured,)
    for elsewhere in (None, "de", "FR", ""):
        assert policy.asked(elsewhere) == (measured,)
        assert policy.objectable(elsewhere) == ()


def test_a_token_stands_for_what_was_asked_and_for_nothing_else() -> None:
    service = simple("Video", "marketing", party="third", provider="Tube Inc.")
    mine = token(service, "1")
    assert re.fullmatch("[A-Za-z0-9_-]{3}", mine)
    for told in ({"name": "Film"}, {"purpose": "Other"}, {"countries": ["US"]}):
        assert token(but(service, **told), "1") == mine
    for asked in ({"id": "film"}, {"category": "functional"}, {"provider": "Film Inc."}):
        assert token(but(service, **asked), "1") != mine
    assert token(service, "2") != mine
    assert token(service, None) == token(service, "")


def test_the_name_of_a_first_party_is_not_asked_about() -> None:
    assert token(simple(provider="Us"), None) == token(simple(provider="Us Ltd"), None)


def test_tokens_are_fixed_for_ever() -> None:
    # A change of these would ask every visitor of every site again.
    assert token(MATOMO, None) == "aMA"
    third = simple("Vidéo", "marketing", party="third", provider="Tube Inc.")
    assert token(third, "2026-01") == "J6X"


def test_necessary_services_have_no_token() -> None:
    policy = make(SESSION, MATOMO)
    assert dict(policy.tokens) == {"matomo": token(MATOMO, None)}
    with pytest.raises(TypeError):
        policy.tokens["session"] = "abc"  # type: ignore[index]


def test_a_policy_can_be_copied_pickled_and_compared() -> None:
    policy = make(SESSION, MATOMO)
    assert policy.asked("fr") == ()  # computed once, and kept
    for again in (copy.deepcopy(policy), pickle.loads(pickle.dumps(policy))):
        assert again == policy
        assert hash(again) == hash(policy)
        assert again.to_dict() == policy.to_dict()


# -- As data ----------------------------------------------------------------------------------


def test_a_policy_as_data_has_every_field() -> None:
    policy = make(
        MATOMO, contact="privacy@example.org", version="3", updated=datetime(2026, 1, 2, 3, 4)
    )
    data = json.loads(json.dumps(policy.to_dict()))
    assert {key: data[key] for key in data if key not in ("services", "categories")} == {
        "format": 1,
        "controller": "Example Ltd",
        "contact": "privacy@example.org",
        "version": "3",
        "updated": "2026-01-02",
        "language": "en",
        "lifetime_seconds": 182 * 24 * 60 * 60,
        "cookie_name": "consent",
        "cookie_domain": None,
    }
    assert data["categories"][2] == {
        "id": "statistics",
        "title": None,
        "description": None,
        "necessary": False,
        "can_be_exempt": True,
        "sale": False,
    }
    (cookie,) = data["services"][0].pop("cookies")
    assert data["services"][0] == {
        "id": "matomo",
        "token": policy.tokens["matomo"],
        "name": "Matomo",
        "category": "statistics",
        "provider": "Us",
        "function": "",
        "location": "",
        "purpose": "",
        "policy_url": None,
        "party": "first",
        "exempt": {"reason": "Anonymised audience measurement", "regimes": []},
        "countries": [],
        "origins": [],
    }
    assert cookie.pop("duration") == Duration.parse("13 months").to_dict() | {
        "parts": [[13, "month"]]
    }
    assert cookie == {
        "name": "_pk_id*",
        "purpose": "Counts visits",
        "storage": "cookie",
        "party": "first",
        "domain": None,
        "path": "/",
        "http_only": False,
        "partitioned": False,
    }


@pytest.mark.parametrize("kind", [Category, Service, Exemption, Cookie])
def test_no_field_is_left_out_of_the_data(kind: type) -> None:
    data: Any = make(MATOMO).to_dict()
    service = data["services"][0]
    found = {
        Category: data["categories"][0],
        Service: service,
        Exemption: service["exempt"],
        Cookie: service["cookies"][0],
    }[kind]
    assert set(fields_of(kind)) <= set(found)


def test_equal_policies_give_equal_bytes() -> None:
    first, second = (json.dumps(make(SESSION, MATOMO).to_dict()) for _ in range(2))
    assert first == second


def test_a_necessary_service_has_no_token_in_the_data() -> None:
    data: Any = make(SESSION).to_dict(language="fr")
    assert [service["token"] for service in data["services"]] == [None, None]
