"""How long a cookie lives, read from texts, timedeltas and a site's own words."""

from __future__ import annotations

import time
from dataclasses import FrozenInstanceError
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_cookie_consent.policy.durations import MAX_TEXT, SECONDS, Duration, Parts, spoken

DAY = 24 * 60 * 60
YEAR = 365 * DAY


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("13 months", ((13, "month"),)),
        ("1 year 1 month and 4 days", ((1, "year"), (1, "month"), (4, "day"))),
        ("1 YEAR, 1 month, and 4 days", ((1, "year"), (1, "month"), (4, "day"))),
        ("  90   Days. ", ((90, "day"),)),
        ("45 s", ((45, "second"),)),
        ("15min", ((15, "minute"),)),
        ("36 hrs", ((36, "hour"),)),
        ("30-day", ((30, "day"),)),
        ("a week", ((1, "week"),)),
        ("an hour", ((1, "hour"),)),
        ("six months", ((6, "month"),)),
        ("Expires after 3 years", ((3, "year"),)),
        ("persistent cookie (2 weeks)", ((2, "week"),)),
        ("2 ans et 6 mois", ((2, "year"), (6, "month"))),
        ("une année", ((1, "year"),)),
        ("24h", ((24, "hour"),)),
        ("3 semaines", ((3, "week"),)),
        ("10 jours", ((10, "day"),)),
        ("durée : 5 minutes", ((5, "minute"),)),
    ],
)
def test_a_length_in_english_or_french_is_read_as_counted_units(text: str, parts: Parts) -> None:
    duration = Duration.parse(text)
    assert (duration.kind, duration.parts, duration.text) == ("fixed", parts, "")
    assert duration.seconds == duration.at_most == sum(n * SECONDS[unit] for n, unit in parts)


@pytest.mark.parametrize(
    "text",
    [
        "session",
        "Session cookie",
        "per session",
        "End of session",
        "until you close your browser",
        "When the browser is closed.",
        "deleted when the user quits the browser",
        "fin de session",
        "jusqu'à la fermeture du navigateur",
    ],
)
def test_the_ways_policies_say_session_are_understood(text: str) -> None:
    assert Duration.parse(text) == Duration("session")


@pytest.mark.parametrize(
    "text",
    [
        "persistent",
        "Persistent data",
        "permanent cookie",
        "never expires",
        "no expiry",
        "until you delete it",
        "n'expire jamais",
        "sans limite de durée",
    ],
)
def test_the_ways_policies_say_that_there_is_no_end_are_understood(text: str) -> None:
    assert Duration.parse(text) == Duration("persistent")


@pytest.mark.parametrize("value", [None, "", "  \n", 5, b"1 year", timedelta(days=-1)])
def test_what_states_nothing_is_unknown(value: object) -> None:
    assert Duration.of(value) == Duration("unknown")


@pytest.mark.parametrize(
    ("text", "at_most"),
    [
        ("Up to 3 years", 3 * YEAR),
        ("max. 20 days", 20 * DAY),
        ("max 30 days", 30 * DAY),
        ("at most a year", YEAR),
        ("no more than 2 weeks", 14 * DAY),
        ("less than 1 day", DAY),
        ("< 1 hour", 3600),
        ("1 year or less", YEAR),
        ("10 seconds to 2 years", 2 * YEAR),
        ("6 - 12 months", YEAR),
        ("between 1 and 30 days", 30 * DAY),
        ("between 1 day and 1 year", YEAR),
        ("a random value is kept; up to 6 months", YEAR // 2),
        ("jusqu'à 13 mois", 13 * YEAR // 12),
        ("90 jours maximum", 90 * DAY),
        ("entre 6 et 12 mois", YEAR),
    ],
)
def test_an_upper_bound_is_found_in_free_text(text: str, at_most: int | None) -> None:
    duration = Duration.parse(text)
    assert duration == Duration("text", text=text, at_most=at_most)
    assert duration.seconds is None
    assert duration.longest == at_most


@pytest.mark.parametrize("text", ["about 2 weeks", "2 weeks by default", "environ deux semaines"])
def test_a_loose_length_stays_in_the_sites_words_and_bounds_nothing(text: str) -> None:
    duration = Duration.parse(text)
    assert (duration.kind, duration.text, duration.parts) == ("text", text, ((2, "week"),))
    assert (duration.seconds, duration.at_most) == (14 * DAY, None)
    assert duration.longest == 14 * DAY


@pytest.mark.parametrize(
    "text",
    [
        "depends on the experiment",
        "after the user has signed out",
        "not a session cookie",
        "never stored",
        "at least 1 year",
        "no less than 1 year",
        "au moins 1 an",
        "up to 2 years, renewed at each visit",
        "up to 2 years or more",
        "up to 1.5 years",
        "up to 1h30",
        "1 year and a half",
        "1 month, 1 year",
        "-5 days",
        "a s",
        "5 m",
        "1234567 days",
    ],
)
def test_what_is_not_understood_stays_free_text_without_a_length(text: str) -> None:
    duration = Duration.parse(text)
    assert duration == Duration("text", text=text)
    assert (duration.seconds, duration.at_most, duration.longest) == (None, None, None)


def test_thirteen_months_are_longer_than_390_days_and_shorter_than_400() -> None:
    months = Duration.parse("13 months").seconds
    assert months is not None
    assert 390 * DAY < months < 400 * DAY
    assert Duration.parse("12 months").seconds == Duration.parse("1 year").seconds


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(days=365), "1 year"),
        (timedelta(days=730), "2 years"),
        (timedelta(days=182), "182 days"),
        (timedelta(days=14), "14 days"),
        (timedelta(hours=25, seconds=5), "1 day 1 hour 5 seconds"),
        (timedelta(milliseconds=1), "1 second"),
        (timedelta(0), "0 seconds"),
    ],
)
def test_a_timedelta_is_said_in_its_largest_exact_units(length: timedelta, said: str) -> None:
    assert str(Duration.of(length)) == said


def test_free_text_takes_the_bound_that_is_given_beside_it() -> None:
    duration = Duration.free("depends on the experiment", at_most="1 year")
    assert (duration.kind, duration.text) == ("text", "depends on the experiment")
    assert (duration.at_most, duration.bound) == (YEAR, ((1, "year"),))
    assert Duration.free("a while", at_most=timedelta(days=2)).at_most == 2 * DAY


def test_free_text_is_not_read() -> None:
    assert Duration.free("1 year") == Duration("text", text="1 year")


def test_a_bound_that_the_text_says_itself_is_not_to_be_told_twice() -> None:
    assert Duration.parse("up to 2 years").bound == ()


def test_a_duration_is_itself_and_cannot_be_changed() -> None:
    duration = Duration.parse("1 year")
    assert Duration.of(duration) is duration
    with pytest.raises(FrozenInstanceError):
        duration.text = "2 years"  # type: ignore[misc]


def test_a_duration_as_data_has_lists_for_json() -> None:
    assert Duration.parse("1 year 4 days").to_dict() == {
        "kind": "fixed",
        "parts": [[1, "year"], [4, "day"]],
        "text": "",
        "seconds": YEAR + 4 * DAY,
        "at_most": YEAR + 4 * DAY,
    }


@pytest.mark.parametrize(
    ("duration", "said"),
    [
        (Duration("session"), "session"),
        (Duration("persistent"), "persistent"),
        (Duration("unknown"), ""),
        (Duration.free("a while"), "a while"),
    ],
)
def test_a_duration_prints_what_it_was_read_from(duration: Duration, said: str) -> None:
    assert str(duration) == said
    assert Duration.parse(said) == duration


UNITS = st.lists(st.sampled_from(list(SECONDS)), min_size=1, unique=True).map(
    lambda units: sorted(units, key=lambda unit: -SECONDS[unit])
)
PARTS = UNITS.flatmap(
    lambda units: st.tuples(*(st.tuples(st.integers(0, 999_999), st.just(u)) for u in units))
)
#: Texts made of the words that are looked for, which plain random text would hardly ever hit.
VOCABULARY = (
    "1 30 12 a an un up to max session year years an ans mois browser closed - and , . # < "
    "never until not no more than less about 1h 2.5 -3 between jusqu'à moins"
)
WORDS = st.lists(st.sampled_from(VOCABULARY.split()), max_size=20).map(" ".join)


@given(PARTS)
def test_a_fixed_duration_prints_back_the_same_parts(parts: Parts) -> None:
    duration = Duration("fixed", parts=parts, at_most=sum(n * SECONDS[u] for n, u in parts))
    assert Duration.parse(str(duration)) == duration


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=99_999)))
def test_a_timedelta_is_never_said_too_short(length: timedelta) -> None:
    duration = Duration.of(length)
    assert duration.seconds is not None
    assert 0 <= duration.seconds - length.total_seconds() < 1
    assert Duration.parse(str(duration)) == duration


@given(st.one_of(st.text(), WORDS))
def test_any_text_is_read_without_an_error_and_none_of_its_words_is_lost(text: str) -> None:
    duration = Duration.parse(text)
    if duration.kind == "text":
        assert duration.text == text
    else:
        assert duration.text == ""
        assert Duration.parse(str(duration)) == duration
    if duration.seconds is not None and duration.at_most is not None:
        assert duration.seconds <= duration.at_most


@pytest.mark.parametrize("piece", ["1 ", "1 year ", "a-", ", and ", "up to ", "- ", "1,", "é"])
def test_a_very_long_text_costs_no_more_than_a_short_one(piece: str) -> None:
    short = piece * (MAX_TEXT // len(piece))
    long = piece * (1_000_000 // len(piece))
    for text in (short, long):
        started = time.perf_counter()
        Duration.parse(text)
        assert time.perf_counter() - started < 0.1
    assert Duration.parse(long) == Duration("text", text=long)


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (7, "7 day"), (30, "30 day"), (31, "31 day"), (59, "59 day"), (60, "2 month"),
        (90, "3 month"), (93, "93 day"), (100, "100 day"), (180, "6 month"), (182, "6 month"),
        (184, "6 month"), (185, "185 day"), (360, "360 day"), (364, "364 day"), (365, "1 year"),
        (366, "1 year"), (367, "367 day"), (390, "390 day"), (395, "13 month"),
        (397, "13 month"), (400, "400 day"), (548, "18 month"), (730, "2 year"), (731, "2 year"),
        (760, "760 day"), (1095, "3 year"), (1826, "5 year"), (3652, "10 year"),
    ],
)  # fmt: skip
def test_days_are_said_in_the_unit_that_a_person_would_use(days: int, said: str) -> None:
    [(number, unit)] = spoken(((days, "day"),))
    assert f"{number} {unit}" == said


@given(st.integers(0, 5000))
def test_what_is_said_for_days_is_never_shorter_by_more_than_a_leap_day_each_four_years(
    days: int,
) -> None:
    [(number, unit)] = spoken(((days, "day"),))
    seconds = number * SECONDS[unit]
    assert abs(seconds - days * DAY) <= (6 if unit == "month" else 1 + days / 1400) * DAY


@pytest.mark.parametrize(
    "text", ["13 months", "12 months", "24 months", "26 weeks", "8760 hours", "1 year 1 day"]
)
def test_what_is_not_in_days_alone_is_said_as_it_was_written(text: str) -> None:
    parts = Duration.parse(text).parts
    assert spoken(parts) == parts
