"""Ready declarations for what Flask and its companions store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from flask_cookie_consent.policy import Policy, Service
from flask_cookie_consent.policy.companions import csrf_token, flask_login_remember, flask_session

ALL = (flask_session, flask_login_remember, csrf_token)


def only_name(service: Service) -> str:
    (cookie,) = service.cookies
    return cookie.name


def test_together_they_make_a_sound_policy_that_asks_nothing() -> None:
    policy = Policy([declare(provider="Us") for declare in ALL], controller="Us")
    assert policy.asked() == ()
    assert [service.id for service in policy.services_in("necessary")] == [
        "session",
        "remember-me",
        "csrf",
        "consent",
    ]


@pytest.mark.parametrize("declare", ALL)
def test_each_takes_the_name_provider_and_place_of_the_cookie(
    declare: Callable[..., Service],
) -> None:
    service = declare("mine", provider="Them", duration="2 days", domain="a.example", path="/a")
    (cookie,) = service.cookies
    assert (cookie.name, service.provider) == ("mine", "Them")
    assert (cookie.lifetime.parts, cookie.domain, cookie.path) == (((2, "day"),), "a.example", "/a")
    assert service.category == "necessary"


def test_the_names_are_the_defaults_of_what_sets_them() -> None:
    names = [only_name(declare()) for declare in ALL]
    assert names == ["session", "remember_token", "csrf_token"]


def test_flask_logins_cookie_lives_for_its_default_duration() -> None:
    (cookie,) = flask_login_remember().cookies
    assert cookie.duration == timedelta(days=365)
    assert cookie.http_only


def test_the_session_ends_with_the_browser_unless_it_is_permanent() -> None:
    (cookie,) = flask_session().cookies
    assert cookie.lifetime.kind == "session"
    (cookie,) = flask_session(duration=timedelta(days=31)).cookies
    assert str(cookie.lifetime) == "31 days"
