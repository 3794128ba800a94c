"""The consent cookie: what is read from any header, what is written, and how long it gets.

``choice_vectors.json`` is run by the browser half too. Each vector is a ``Cookie`` header, the
cookie's name, the time and the life of a choice (seconds), and what must be read: ``null`` for no
choice. Tokens are compared as sets. Where there is ``encoded``, writing what was expected gives it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flask_cookie_consent import Choice
from flask_cookie_consent.choice.codec import (
    METHODS,
    SKEW,
    CookieReader,
    decode,
    is_id,
    merge,
    new_id,
    split_tokens,
)
from tests.site import ACCEPTED, REFUSED, choice, in_words, many_services, policy

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "choice_vectors.json").read_text("utf-8")
)

NOW = 1_800_000_000
LIFE = 182 * 24 * 60 * 60

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
TOKENS = st.text(ALPHABET, min_size=3, max_size=3)
IDS = st.text(ALPHABET, min_size=22, max_size=22)

each = settings(deadline=None, max_examples=200)


def said(choice: Choice | None) -> dict[str, Any] | None:
    """A choice as the vectors write it."""
    if choice is None:
        return None
    letter, state = choice.encode()[1:3]
    return {
        "time": choice.time,
        "letter": letter,
        "state": state,
        "granted": sorted(set(split_tokens(choice.granted))),
        "refused": sorted(set(split_tokens(choice.refused))),
        "id": choice.id,
    }


@st.composite
def choices(draw: Callable[..., Any], time: st.SearchStrategy[int] | None = None) -> Choice:
    """Any choice that our own code could write."""
    tokens = draw(st.lists(TOKENS, max_size=12, unique=True))
    cut = draw(st.integers(0, len(tokens)))
    return Choice(
        time=draw(time or st.integers(0, 36**8 - 1)),
        method=draw(st.sampled_from([*METHODS.values(), "z"])),
        granted="".join(tokens[:cut]),
        refused="".join(tokens[cut:]),
        id=draw(st.none() | IDS),
        scripted=draw(st.booleans()),
        **draw(
            st.just({"confirmed": True}) | st.fixed_dictionaries({"reports": st.integers(0, 9)})
        ),
    )


# -- The format -------------------------------------------------------------------------------


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["why"] for vector in VECTORS])
def test_a_cookie_header_is_read_as_the_shared_vectors_say(vector: dict[str, Any]) -> None:
    reader = CookieReader(vector["name"], vector["life"])
    assert said(reader.read(vector["cookie"], vector["now"])) == vector["expect"]


WRITTEN = [vector for vector in VECTORS if "encoded" in vector]


@pytest.mark.parametrize("vector", WRITTEN, ids=[vector["why"] for vector in WRITTEN])
def test_a_choice_is_written_as_the_shared_vectors_say(vector: dict[str, Any]) -> None:
    fields = vector["expect"]
    runs = ("".join(fields[name]) for name in ("granted", "refused"))
    made = in_words(fields["letter"], fields["state"])
    assert (
        Choice(fields["time"], made.pop("method"), *runs, fields["id"], **made).encode()
        == (vector["encoded"])
    )


@each
@given(choices())
def test_what_was_written_is_read_back(written: Choice) -> None:
    assert decode(written.encode()) == written


@each
@given(choices())
def test_what_was_written_can_stand_in_a_cookie_as_it_is(written: Choice) -> None:
    assert set(written.encode()) <= {*ALPHABET, "."}


# -- Anything may come ------------------------------------------------------------------------


@each
@given(st.text())
def test_any_value_reads_as_a_choice_or_none(value: str) -> None:
    """H4"""
    found = decode(value)
    assert found is None or found.encode()


@each
@given(st.binary())
def test_any_bytes_in_the_header_never_raise(header: bytes) -> None:
    """H4. WSGI gives the bytes of a header as Latin-1."""
    text = header.decode("latin-1")
    for cookie in (text, f"consent={text}", f"consent={text}; consent={text}"):
        CookieReader("consent", LIFE).read(cookie, NOW)


@each
@given(st.from_regex(r"1?[A-Za-z]?[c0-9]?\.?[0-9a-z]{0,9}\.[\w-]*\.[\w-]*(\.[\w-]*)?"))
def test_nearly_right_values_never_raise(value: str) -> None:
    """H4"""
    CookieReader("consent", LIFE).read(f"a=b; consent={value}; c=d", NOW)


# -- Twins ------------------------------------------------------------------------------------

IN_FORCE = st.integers(NOW - LIFE + 1, NOW + SKEW)
#: Few tokens, so that two choices often speak of the same services.
FEW = st.lists(st.sampled_from(["aaa", "bbb", "ccc", "ddd"]), unique=True)


@st.composite
def twins(draw: Callable[..., Any]) -> Choice:
    granted, refused = draw(FEW), draw(FEW)
    return Choice(
        draw(IN_FORCE),
        draw(st.sampled_from(["accept", "reject", "save"])),
        "".join(token for token in granted if token not in refused),
        "".join(refused),
        id=draw(st.none() | IDS),
    )


@each
@given(twins(), twins())
def test_merged_twins_grant_only_what_both_grant(first: Choice, other: Choice) -> None:
    both = set(split_tokens(first.granted)) & set(split_tokens(other.granted))
    assert set(split_tokens(merge(first, other).granted)) <= both


@each
@given(twins(), twins())
def test_merged_twins_refuse_what_either_refuses(first: Choice, other: Choice) -> None:
    either = {*split_tokens(first.refused), *split_tokens(other.refused)}
    assert set(split_tokens(merge(first, other).refused)) == either


@each
@given(twins(), twins())
def test_merged_twins_never_give_a_service_both_answers(first: Choice, other: Choice) -> None:
    merged = merge(first, other)
    assert not set(split_tokens(merged.granted)) & set(split_tokens(merged.refused))


@each
@given(st.lists(twins(), min_size=1, max_size=5))
def test_many_twins_say_what_they_say_two_by_two(choices: list[Choice]) -> None:
    """They are merged at once, so that hundreds cost no more than their length."""
    assert merge(*choices) == reduce(merge, choices)


@each
@given(twins(), twins())
def test_merged_twins_are_as_old_as_the_older(first: Choice, other: Choice) -> None:
    assert merge(first, other).time == min(first.time, other.time)


@each
@given(st.lists(twins(), min_size=1, max_size=4), st.randoms())
def test_the_order_of_twins_does_not_matter_for_what_is_allowed(
    found: list[Choice], random: Any
) -> None:
    reader = CookieReader("consent", LIFE)
    answers = []
    for _ in range(2):
        header = "; ".join(f"consent={twin.encode()}" for twin in found)
        read = said(reader.read(header, NOW))
        assert read
        answers.append((read["granted"], read["refused"], read["time"]))
        random.shuffle(found)
    assert answers[0] == answers[1]


# -- Ids --------------------------------------------------------------------------------------


def test_ids_sort_by_the_time_they_were_made() -> None:
    made = [new_id(milliseconds) for milliseconds in range(NOW * 1000, NOW * 1000 + 100)]
    assert sorted(made) == made


def test_ids_of_one_moment_differ() -> None:
    assert len({new_id(NOW * 1000) for _ in range(1000)}) == 1000


def test_a_new_id_has_the_form_of_an_id() -> None:
    assert is_id(new_id())


@pytest.mark.parametrize("text", ["", "x" * 21, "x" * 23, "x" * 21 + "\n", "x" * 21 + ".", None])
def test_what_is_no_id(text: object) -> None:
    assert not is_id(text)


# -- How long it gets -------------------------------------------------------------------------

ID = "mid3k2x1q8z0w4t7c1v5n2"


def size(count: int, answer: str, **options: Any) -> int:
    """Bytes of name and value with ``count`` services that all got one answer, at the most."""
    site = policy(services=many_services(count), **options)
    ids = [f"service-{number}" for number in range(count)]
    value = choice(site, **{answer: ids}, time_=NOW, id_=ID).encode()
    return len(site.cookie_name) + len(value)


@pytest.mark.parametrize("answer", ["granted", "refused"])
def test_the_cookie_takes_80_bytes_at_most_with_8_services(answer: str) -> None:
    """H1"""
    assert size(8, answer) <= 80


@pytest.mark.parametrize("answer", ["granted", "refused"])
@pytest.mark.parametrize("count", [9, 20, 100])
def test_a_further_service_takes_4_bytes_at_most(count: int, answer: str) -> None:
    """H1"""
    assert size(count, answer) - size(8, answer) <= 4 * (count - 8)


@pytest.mark.parametrize("answer", ["granted", "refused"])
def test_the_cookie_of_500_services_stays_under_4096_bytes(answer: str) -> None:
    """H1, with the longest name a cookie may have."""
    assert size(500, answer, cookie_name="n" * 64) < 4096


def test_the_number_of_cookies_does_not_lengthen_the_consent_cookie() -> None:
    """H6"""
    one, many = (policy(services=many_services(8, cookies)) for cookies in (1, 4))
    ids = [f"service-{number}" for number in range(8)]
    values = [choice(site, granted=ids, time_=NOW).encode() for site in (one, many)]
    assert len(values[0]) == len(values[1])


# -- What a choice says -----------------------------------------------------------------------


def test_a_confirmed_refusal_keeps_no_id() -> None:
    """P1"""
    refusal = choice(policy(), **REFUSED, state="0", id_=ID)
    assert refusal.confirm(keep_id=True).id is None


def test_a_confirmed_grant_keeps_its_id_only_where_there_are_records() -> None:
    """P1"""
    grant = choice(policy(), **ACCEPTED, state="0", id_=ID)
    assert [grant.confirm(keep_id=keep).id for keep in (True, False)] == [ID, None]


@pytest.mark.parametrize(
    ("letter", "method", "scripted"),
    [("a", "accept", True), ("R", "reject", False), ("S", "save", False), ("q", "other", True)],
)
def test_a_choice_says_how_it_was_made(letter: str, method: str, scripted: bool) -> None:
    made = choice(policy(), letter=letter)
    assert (made.known_method, made.scripted) == (method, scripted)


def test_a_choice_holds_for_half_a_year_by_default() -> None:
    """W3"""
    assert policy().lifetime == timedelta(seconds=LIFE)
