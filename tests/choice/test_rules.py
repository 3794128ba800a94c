"""What a choice allows, when visitors are asked again, and what their buttons do to earlier
answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flask_cookie_consent import Category, Choice, Cookie, Exemption, Policy, Service
from flask_cookie_consent.choice.codec import decode, split_tokens
from flask_cookie_consent.choice.rules import Rules
from flask_cookie_consent.policy.regimes import FRANCE, OPT_IN, Regime
from tests.site import ACCEPTED, REFUSED, choice, policy, services

#: Tokens of another state of the site: nothing here knows them.
OLD, OLDER = "zz1", "zz2"


def allowed(site: Policy, **answers: Any) -> set[str]:
    """Ids of the services and categories that may run."""
    made = choice(site, **answers) if answers else None
    return {name for name, yes in Rules(site).allowed(made).items() if yes}


def ids(site: Policy, run: str) -> set[str]:
    """Ids of the services behind a run of tokens; unknown tokens as they are."""
    names = {token: name for name, token in site.tokens.items()}
    return {names.get(token, token) for token in split_tokens(run)}


# -- What `allows` means ----------------------------------------------------------------------

ALWAYS = {"necessary", "session", "consent"}


def test_before_a_choice_only_necessary_and_exempt_services_may_run() -> None:
    """B1. "statistics" asks for consent to Insight, so it is not allowed."""
    assert allowed(policy()) == ALWAYS | {"matomo"}


def test_after_accepting_everything_may_run() -> None:
    assert allowed(policy(), **ACCEPTED) == set(policy().names)


def test_after_refusing_only_what_is_necessary_may_run() -> None:
    """B3. "Reject all" objects to exempt services too."""
    assert allowed(policy(), **REFUSED) == ALWAYS


def test_a_granted_service_runs_alone() -> None:
    """B4"""
    one = allowed(policy(), granted=["ads"], refused=["insight", "video"])
    assert one == ALWAYS | {"matomo", "ads", "marketing"}


def two_in_statistics(**other: Any) -> Policy:
    one, two = (
        Service(name, category="statistics", purpose="Counts", **other) for name in ("One", "Two")
    )
    return policy(services=[one, two])


def test_a_category_is_allowed_when_every_service_that_asks_is_granted() -> None:
    assert "statistics" in allowed(two_in_statistics(), granted=["one", "two"])


def test_a_category_is_not_allowed_when_one_of_its_services_is_refused() -> None:
    assert "statistics" not in allowed(two_in_statistics(), granted=["one"], refused=["two"])


def test_a_category_is_not_allowed_when_one_of_its_services_has_no_answer() -> None:
    assert "statistics" not in allowed(two_in_statistics(), granted=["one"])


def test_an_objection_to_an_exempt_service_leaves_the_category_to_those_that_ask() -> None:
    assert "statistics" in allowed(policy(), granted=["insight"], refused=["matomo"])


def test_a_category_of_exempt_services_is_allowed_until_one_is_objected_to() -> None:
    exempt = two_in_statistics(exempt=Exemption("Anonymous"))
    answers = [allowed(exempt), allowed(exempt, refused=["two"])]
    assert ["statistics" in answer for answer in answers] == [True, False]


def test_an_objection_to_one_exempt_service_leaves_the_others() -> None:
    assert "one" in allowed(two_in_statistics(exempt=Exemption("Anonymous")), refused=["two"])


def test_a_category_without_services_is_not_allowed() -> None:
    empty = policy(services=[s for s in services() if s.id != "ads"])
    assert "marketing" not in allowed(empty, granted=["insight", "video"])


def test_an_exemption_of_another_regime_does_not_hold() -> None:
    french = two_in_statistics(exempt=Exemption("Anonymous", regimes=["fr"]))
    held = [Rules(french, regime).allowed(None)["one"] for regime in (FRANCE, Regime("de"), OPT_IN)]
    assert held == [True, False, False]


def test_a_grant_given_before_a_service_became_exempt_does_no_harm() -> None:
    assert "matomo" in allowed(policy(), granted=["matomo"])


def test_unknown_tokens_allow_nothing() -> None:
    made = Choice(1, "accept", granted=OLD, refused=OLDER)
    assert Rules(policy()).allowed(made) == Rules(policy()).allowed(None)


# -- Asking again (W4) ------------------------------------------------------------------------


def change(id_: str, **fields: Any) -> Callable[[], Policy]:
    """The policy with another value in some field of one service."""
    return lambda: policy(services=[replace(s, **fields) if s.id == id_ else s for s in services()])


NEW = Service("Map", category="functional", purpose="Shows maps", provider="MapCo", party="third")
FORMER = replace(services()[1], exempt=None)
EVERYTHING = {"insight", "ads", "video"}

CHANGES: dict[str, tuple[Callable[[], Policy], set[str]]] = {
    "nothing": (policy, set()),
    "a new service that asks": (lambda: policy(services=[NEW, *services()]), {"map"}),
    "a new exempt service": (
        lambda: policy(
            services=[*services(), replace(NEW, category="statistics", exempt=Exemption("Anon."))]
        ),
        set(),
    ),
    "a new necessary service": (
        lambda: policy(services=[*services(), replace(NEW, category="necessary")]),
        set(),
    ),
    "a service removed": (lambda: policy(services=services()[:-1]), set()),
    "another order": (lambda: policy(services=services()[::-1]), set()),
    "another order of categories": (
        lambda: policy(categories=policy().categories[::-1]),
        set(),
    ),
    "another title of a category": (
        lambda: policy(
            categories=[
                replace(c, title="Figures") if c.id == "statistics" else c
                for c in policy().categories
            ]
        ),
        set(),
    ),
    "another name, the id pinned": (change("ads", name="Adverts"), set()),
    "another purpose": (change("ads", purpose="Pays for the site"), set()),
    "another cookie": (
        change("ads", cookies=[Cookie("_new", purpose="Shows", duration="1 day")]),
        set(),
    ),
    "another controller": (lambda: policy(controller="Example Town"), set()),
    "another language": (lambda: policy(language="fr"), set()),
    "another provider, the site's own": (change("matomo", provider="Somebody"), set()),
    "another provider, a third party": (change("ads", provider="BuyerCo"), {"ads"}),
    "another spelling of a third party": (change("ads", provider="ADCO"), set()),
    "a first party that becomes a third": (change("insight", party="first"), {"insight"}),
    "another category": (change("video", category="marketing"), {"video"}),
    "another id": (change("ads", id="adverts"), {"adverts"}),
    "a version of the site's own": (lambda: policy(version="2"), EVERYTHING),
    "an exemption that ended": (
        lambda: policy(services=[FORMER if s.id == "matomo" else s for s in services()]),
        {"matomo"},
    ),
}


@pytest.mark.parametrize(("changed", "asked"), CHANGES.values(), ids=CHANGES)
def test_only_what_a_change_made_new_is_asked_again(
    changed: Callable[[], Policy], asked: set[str]
) -> None:
    """W4"""
    made = choice(policy(), **ACCEPTED)
    assert {s.id for s in Rules(changed()).unasked(made)} == asked


def test_a_refusal_is_no_reason_to_ask_again() -> None:
    """B3"""
    assert not Rules(policy()).unasked(choice(policy(), **REFUSED))


def test_an_objection_stands_when_the_exemption_ends() -> None:
    site = CHANGES["an exemption that ended"][0]()
    assert not Rules(site).unasked(choice(policy(), **REFUSED))


def test_what_was_refused_as_one_category_is_not_allowed_as_another() -> None:
    site = CHANGES["another category"][0]()
    assert "video" not in allowed(site, refused=["insight", "ads"])


def test_a_policy_of_a_new_version_and_back_asks_nobody_twice() -> None:
    """W4: an old page from a cache and a new one never make a visitor answer twice."""
    old, new = Rules(policy()), Rules(policy(version="2"))
    made = choice(policy(), **ACCEPTED)
    assert not old.unasked(Choice(made.time, "accept", *new.accept(made)))


# -- What the buttons do ----------------------------------------------------------------------


def after(button: str, previous: Choice | None, *arguments: Any) -> tuple[set[str], set[str]]:
    runs = getattr(Rules(policy()), button)(previous, *arguments)
    return ids(policy(), runs[0]), ids(policy(), runs[1])


def test_the_first_accept_grants_what_was_asked() -> None:
    assert after("accept", None) == (EVERYTHING, set())


def test_the_first_reject_refuses_what_was_asked_and_objects_to_the_rest() -> None:
    """D9"""
    assert after("reject", None) == (set(), EVERYTHING | {"matomo"})


def test_accepting_something_new_leaves_an_earlier_refusal() -> None:
    """W4"""
    made = choice(policy(), granted=["insight"], refused=["ads", "matomo"])
    assert after("accept", made) == ({"insight", "video"}, {"ads", "matomo"})


def test_accepting_where_nothing_is_new_grants_everything() -> None:
    assert after("accept", choice(policy(), **REFUSED)) == (EVERYTHING, set())


def test_rejecting_withdraws_what_was_granted() -> None:
    """W1"""
    made = choice(policy(), **ACCEPTED)
    assert after("reject", made) == (set(), EVERYTHING | {"matomo"})


def test_saving_grants_what_was_wanted_and_refuses_the_rest() -> None:
    made = choice(policy(), **ACCEPTED)
    assert after("save", made, ["ads", "matomo"]) == ({"ads"}, {"insight", "video"})


def test_accepting_an_old_page_grants_what_that_page_asked() -> None:
    """H3"""
    assert after("accept", None, OLD + policy().tokens["ads"]) == ({OLD, "ads"}, set())


def test_rejecting_an_old_page_refuses_what_that_page_asked_and_what_is_asked_now() -> None:
    assert after("reject", None, OLD) == (set(), EVERYTHING | {"matomo", OLD})


@pytest.mark.parametrize(
    ("button", "arguments", "granted", "refused"),
    [
        ("accept", (), {OLD, *EVERYTHING}, {OLDER}),
        ("reject", (), set(), {OLD, OLDER, "matomo", *EVERYTHING}),
        ("save", (["ads"],), {OLD, "ads"}, {OLDER, "matomo", "insight", "video"}),
    ],
)
def test_answers_of_another_state_of_the_site_are_kept(
    button: str, arguments: tuple[Any, ...], granted: set[str], refused: set[str]
) -> None:
    """D4. "Reject all" turns grants into refusals there as well."""
    made = Choice(1, "save", granted=OLD, refused=OLDER)
    assert after(button, made, *arguments) == (granted, refused)


@pytest.mark.parametrize("button", ["accept", "reject", "save"])
@pytest.mark.parametrize(("yes", "no"), [(999, 0), (0, 999), (999, 300), (300, 999), (650, 650)])
def test_after_the_fullest_cookie_the_next_choice_can_be_read(
    button: str, yes: int, no: int
) -> None:
    """H1, decision 4: kept answers never make a cookie too long or too full to be read."""
    unknown = [f"{number:03x}" for number in range(yes + no)]
    made = Choice(1, "save", "".join(unknown[:yes]), "".join(unknown[yes:]))
    arguments = [["ads"]] if button == "save" else []
    granted, refused = getattr(Rules(policy()), button)(made, *arguments)
    value = Choice(1, "save", granted, refused, id="x" * 22).encode()
    assert decode(value) is not None
    assert len(f"consent{value}") < 4096


@settings(deadline=None, max_examples=100)
@given(st.sets(st.sampled_from(["insight", "ads", "video", "matomo"])))
def test_saving_allows_exactly_what_was_wanted(wanted: set[str]) -> None:
    site = policy()
    runs = Rules(site).save(None, wanted)
    answer = Rules(site).allowed(Choice(1, "save", *runs))
    assert {s.id for s in (*Rules(site).opt_in, *Rules(site).opt_out) if answer[s.id]} == wanted


def test_a_category_of_the_sites_own_is_allowed_like_the_others() -> None:
    own = Category("experiments")
    test = Service("Beta", category="experiments", purpose="Tries things")
    site = policy(services=[test], categories=[*policy().categories, own])
    assert {"beta", "experiments"} <= allowed(site, granted=["beta"])
