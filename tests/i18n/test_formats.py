"""Dates and lists as each language writes them (CLDR)."""

from __future__ import annotations

from datetime import date

import pytest
from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from hypothesis import given
from hypothesis import strategies as st

from banner.cldr import NO_COUNTRIES
from flask_cookie_consent.i18n.formats import Formats
from flask_cookie_consent.i18n.languages import direction
from flask_cookie_consent.ui.messages import languages

#: What CLDR calls a country of each code, and of the few that no country has.
CODES = [code for code in Locale("en").territories if len(code) == 2 and code not in NO_COUNTRIES]

days = st.dates(date(1990, 1, 1), date(2199, 12, 31))


@pytest.mark.parametrize("language", languages())
@given(day=days, items=st.lists(st.text("abc{0}1", min_size=1, max_size=5), max_size=6))
def test_they_are_those_of_babel(language: str, day: date, items: list[str]) -> None:
    formats = Formats(language)
    locale = language.replace("-", "_")
    if language != "th":  # whose long form names the era, which we leave out
        assert formats.date(day) == format_date(day, "long", locale)
    shown = [f"\u2068{item}\u2069" for item in items] if direction(language) == "rtl" else items
    assert formats.list(items) == format_list(shown, "standard", locale)


@pytest.mark.parametrize("language", languages())
def test_countries_have_the_names_of_babel(language: str) -> None:
    formats, names = Formats(language), Locale.parse(language, sep="-").territories
    assert [formats.country(code) for code in CODES] == [names[code] for code in CODES]


@pytest.mark.parametrize(
    ("text", "said"),
    [("FR", "France"), ("UK", "United Kingdom"), ("EU", "European Union"), ("XX", "XX"),
     ("us", "us"), ("Iceland and others", "Iceland and others"), ("", "")],
)  # fmt: skip
def test_what_is_no_code_of_a_country_stays_what_it_is(text: str, said: str) -> None:
    assert Formats("en").country(text) == said
