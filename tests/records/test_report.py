"""The report: its numbers, how they are rounded, and its page."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date, datetime, timedelta, timezone
from html.parser import HTMLParser
from itertools import product
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from flask_cookie_consent.proof.checkpoint import Signer
from flask_cookie_consent.records import schema
from flask_cookie_consent.records.engine import reading
from flask_cookie_consent.records.log.purging import purge
from flask_cookie_consent.records.log.sealing import seal
from flask_cookie_consent.records.log.totals import Kind, add
from flask_cookie_consent.records.report.figures import (
    EPOCH,
    Spans,
    interval,
    read_figures,
    wilson,
)
from flask_cookie_consent.records.report.numbers import grouped, rounded
from flask_cookie_consent.records.report.plots import Stack, bars, round_ticks
from flask_cookie_consent.records.report.report import make_report
from flask_cookie_consent.records.store import Records
from tests.cli import run
from tests.records.rows import record, snapshot, store
from tests.records.test_keeping import make_site

SIGNER = Signer.generate("example.org/consent")
DAY = 20_000
SECONDS = 24 * 60 * 60
NOW = datetime(2026, 11, 24, 7, 30, tzinfo=timezone.utc)


class Page(HTMLParser):
    """What a page says: text, tables, headings; fails where tags do not match."""

    VOID = frozenset({"meta", "path", "rect", "circle", "line"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []
        self.rows: dict[str, list[list[str]]] = {}
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.caption = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag in self.VOID:
            return
        self.open.append(tag)
        if tag == "caption":
            self.caption = ""
        elif tag == "tr":
            self.rows.setdefault(self.caption, []).append([])
        elif tag in ("th", "td"):
            self.rows[self.caption][-1].append("")
        elif re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" in self.open:
            return
        data = data.replace("\N{NARROW NO-BREAK SPACE}", " ")
        self.words.append(data)
        if "caption" in self.open:
            self.caption += data
        elif self.open and {"th", "td"}.intersection(self.open):
            self.rows[self.caption][-1][-1] += data

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))

    def table(self, caption: str) -> dict[str, list[str]]:
        """The cells of a table's rows by their heading."""
        return {row[0]: row[1:] for row in self.rows[caption]}

    def cell(self, caption: str, row: str, column: str) -> str:
        """A cell of a table by the headings of its row and its column."""
        return self.table(caption)[row][self.rows[caption][0].index(column) - 1]


def page(engine: Engine, **options: object) -> Page:
    return Page(html(engine, **options))


def html(engine: Engine, **options: object) -> str:
    with reading(engine) as connection:
        return make_report(connection, **{"title": "Example City", "now": NOW} | options)  # type: ignore[arg-type]


def put(engine: Engine, number: int, *, purged: bool = False, **fields: object) -> None:
    """Totals of choices that all say the same; ``answers`` by category."""
    answers = fields.pop("answers", {})
    kind = {"day": DAY, "snapshot": "snap1", "language": "de", "regime": "opt-in"} | fields
    base = Kind(**{"method": "accept", "category": "", "answer": "", **kind})  # type: ignore[arg-type]
    counted = Counter({base: number})
    for category, answer in answers.items():  # type: ignore[attr-defined]
        counted[base._replace(category=category, answer=answer)] = number
    with engine.begin() as connection:
        add(connection, counted, purged=purged)


def in_memory() -> Engine:
    """An empty store, for tests that need many."""
    engine = sa.create_engine("sqlite://")
    schema.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(sa.insert(schema.log).values(id=1, size=0))
    return engine


def test_rates_count_sealed_purged_and_unsealed_choices(engine: Engine) -> None:
    store(engine, snapshot())
    put(engine, 1200, answers={"marketing": "yes"})
    put(engine, 300, method="save", answers={"marketing": "some"}, purged=True)
    put(engine, 480, method="reject", answers={"marketing": "no"})
    for i in range(20):  # not sealed
        row = {"method": "reject", "snapshot": "snap1", "granted": "", "refused": "ccc"}
        store(engine, record(i, time=DAY * SECONDS, **row))
    report = page(engine)
    assert report.table("Consent by category")["Advertising"] == [
        "2 000", "1 200", "300", "500", "0", "60.0 %", "57.7 % to 62.3 %",
    ]  # fmt: skip
    assert report.table("Choices per day, by method")["4 Oct 2024"] == [
        "1 200", "500", "300", "2 000",
    ]  # fmt: skip
    assert "Made by “Reject all” 25.0 %" in report.text
    assert "Sealed 1 680" in report.text
    assert "Not sealed yet 20" in report.text
    assert "Sealed, then purged 300" in report.text


def test_only_the_period_counts(engine: Engine) -> None:
    for day, number in ((DAY - 1, 100), (DAY, 20), (DAY + 1, 30), (DAY + 2, 100)):
        put(engine, number, day=day)
        store(engine, record(day, time=day * SECONDS + SECONDS - 1))
    first, last = date(2024, 10, 4), date(2024, 10, 5)
    report = page(engine, since=first, until=last)
    assert "4 Oct 2024 to 5 Oct 2024" in report.text
    assert "Choices 50 " in report.text


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_figures_are_those_of_a_recount(data: st.DataObject) -> None:
    groups = st.tuples(st.integers(0, 20), st.sampled_from(["yes", "some", "no"]), st.booleans())
    drawn = data.draw(st.lists(groups, max_size=30))
    engine = in_memory()
    counted: Counter[int] = Counter()
    with engine.begin() as connection:
        connection.execute(sa.insert(schema.snapshots).values(**snapshot(stored=0)))
        runs = {"yes": ("aaabbb", ""), "some": ("aaa", "bbb"), "no": ("", "aaabbb")}
        for i, (day, answer, tail) in enumerate(drawn):
            counted[day] += 1
            if tail:
                granted, refused = runs[answer]
                row = record(i, stored=day * SECONDS * 1000, snapshot="snap1", method="save")
                row |= {"granted": granted, "refused": refused}
                connection.execute(sa.insert(schema.records).values(**row))
            else:
                base = Kind(day, "snap1", "de", "opt-in", "save", "", "")
                kinds = [base, base._replace(category="statistics", answer=answer)]
                add(connection, Counter(kinds), purged=bool(i % 2))
        figures = read_figures(connection, date(1970, 1, 4), None)
    expected = {(day, "save"): n for day, n in counted.items() if day >= 3}
    assert figures.by_day == expected
    answers = Counter(answer for day, answer, _ in drawn if day >= 3)
    if expected:
        numbers = figures.shown["de", "snap1"].answered("statistics")
        assert {a: n for a, n in numbers.items() if n} == dict(answers)
    engine.dispose()


def test_records_that_are_sealed_and_purged_still_count(engine: Engine) -> None:
    store(engine, snapshot())
    for i in range(40):
        store(engine, record(i, stored=(DAY + i % 2) * SECONDS * 1000, method="accept"))
    before = page(engine).table("Choices per day, by method")
    seal(engine, SIGNER)
    assert purge(engine, before_ms=(DAY + 1) * SECONDS * 1000, reason="too old") == 20
    assert page(engine).table("Choices per day, by method") == before
    assert "Sealed, then purged 20" in page(engine).text


# -- Rounding ---------------------------------------------------------------------------------


def put_many_kinds(engine: Engine) -> None:
    """Choices of which no number, and no sum, is a multiple of 5."""
    store(engine, snapshot())
    methods = {"accept": "yes", "save": "some", "reject": "no"}
    for i, (language, (method, answer)) in enumerate(product(["de", "fr", "it"], methods.items())):
        of = {"language": language, "snapshot": f"snap-{language}", "method": method}
        put(engine, 101 + 9 * i, day=DAY + i % 2, answers={"marketing": answer}, **of)
    put(engine, 31, snapshot="")
    put(engine, 22, method="embed", purged=True)
    for i in range(13):  # not sealed
        store(engine, record(i, stored=DAY * SECONDS * 1000, snapshot="snap1"))


def as_number(text: str) -> int:
    return int(text.replace(" ", ""))


def test_every_number_of_choices_is_a_multiple_of_5(engine: Engine) -> None:
    put_many_kinds(engine)
    source = html(engine)
    report = Page(source)
    assert set(report.rows) >= {"Choices by language", "Advertising: consent by snapshot"}
    # First cells are names; a policy has a version.
    cells = [cell for rows in report.rows.values() for row in rows for cell in row[1:]]
    shown = [as_number(cell) for cell in cells if re.fullmatch(r"[\d ]+", cell)]
    shown += map(
        as_number, re.findall(r"(?:Summary Choices|Sealed|yet|purged) ([\d ]*\d)", report.text)
    )
    shown += map(as_number, re.findall(r"([\d ]*\d) choices came from", report.text))
    shown += map(as_number, re.findall(r"<title>\d+ \w+ \d{4}: (.+?)</title>", source))
    shown += map(as_number, re.findall(r'<span class="faint">(.+?)</span></li>', source))
    assert len(shown) > 100
    assert [n for n in shown if n % 5] == []


COLUMNS = {"yes": "All", "some": "Some", "no": "None"}


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from(["de", "fr"]), st.sampled_from([*COLUMNS])),
        st.integers(3, 60),
        min_size=1,
    )
)
def test_parts_and_sums_are_each_within_2_of_the_truth(
    numbers: dict[tuple[str, str], int],
) -> None:
    engine = in_memory()
    truth: Counter[tuple[str, str, str]] = Counter()
    for (language, answer), n in numbers.items():
        put(engine, n, language=language, answers={"marketing": answer})
        truth["Choices by language", language, "Choices"] += n
        truth["Advertising: consent by language", language, COLUMNS[answer]] += n
        truth["Consent by category", "Advertising", COLUMNS[answer]] += n
        truth["Consent by category", "Advertising", "Answered"] += n
    report = page(engine)
    engine.dispose()
    wrong = {key: n for key, n in truth.items() if abs(as_number(report.cell(*key)) - n) > 2}
    assert wrong == {}


@given(st.data())
def test_the_line_holds_what_the_true_numbers_would_show(data: st.DataObject) -> None:
    whole = data.draw(st.integers(8, 3000))
    part = data.draw(st.integers(0, whole))
    low, high = interval(rounded(part), rounded(whole))
    assert low <= part / whole <= high
    true_low, true_high = wilson(part, whole)
    assert low <= true_low
    assert true_high <= high


def test_the_line_of_a_page_holds_the_true_rate(engine: Engine) -> None:
    put(engine, 7, answers={"marketing": "yes"})
    put(engine, 1, method="reject", answers={"marketing": "no"})
    report = page(engine)
    # 7 of 8 look like 5 of 10: no less than 3 of 12, and no more than 7 of 8.
    assert report.table("Consent by category")["Advertising"][-2:] == ["50.0 %", "8.9 % to 97.8 %"]
    assert "how far chance and rounding can move the rate" in report.text


def test_rates_tell_nothing_that_the_numbers_do_not(engine: Engine) -> None:
    put(engine, 98, answers={"marketing": "yes"})
    put(engine, 102, method="reject", answers={"marketing": "no"})
    before = html(engine)
    put(engine, 2, answers={"marketing": "yes"})  # which moves no rounded number
    assert html(engine) == before


def test_a_site_with_7_choices_sees_figures(engine: Engine) -> None:
    put(engine, 4, answers={"marketing": "yes"})
    put(engine, 3, method="reject", answers={"marketing": "no"})
    report = page(engine)
    assert report.rows["Choices per month, by method"] == [
        ["Month", "Accept all", "Reject all", "All"],
        ["Oct 2024", "5", "5", "5"],
        ["Whole period", "5", "5", "5"],
    ]
    assert report.table("Consent by category")["Advertising"] == [
        "5", "5", "0", "5", "0", "too few", "too few",
    ]  # fmt: skip
    assert report.table("Choices by language")["de"] == ["5", "too few"]
    assert "Made by “Reject all” too few" in report.text


@pytest.mark.parametrize(("number", "said"), [(1, "fewer than 3"), (2, "fewer than 3"), (3, "5")])
def test_of_one_or_two_choices_nothing_is_shown(engine: Engine, number: int, said: str) -> None:
    put(engine, number, answers={"marketing": "yes"})
    report = page(engine)
    assert f"Choices {said} " in report.text
    assert ("Choices per month" in report.text) == (number == 3)
    assert ("too few choices in this period" in report.text) == (number < 3)
    assert f"Sealed {5 if number == 3 else 0} " in report.text


@pytest.mark.parametrize(("number", "rate"), [(7, "too few"), (8, "100.0 %")])
def test_a_rate_takes_10_answers(engine: Engine, number: int, rate: str) -> None:
    put(engine, 50)
    put(engine, number, answers={"marketing": "yes"})
    assert page(engine).table("Consent by category")["Advertising"][5] == rate


def test_not_asked_is_told_from_too_few(engine: Engine) -> None:
    put(engine, 20, answers={"marketing": "yes"})
    put(engine, 20, language="fr", snapshot="snap2", answers={"statistics": "yes"})
    put(engine, 1, language="fr", snapshot="snap2", answers={"social-media": "yes"})
    report = page(engine)
    assert report.table("Advertising: consent by language")["fr"] == [
        "0", "0", "0", "0", "20", "not asked", "not asked",
    ]  # fmt: skip
    assert report.table("Social media: consent by language")["fr"][-1] == "too few"


def test_the_footer_says_how_numbers_are_rounded(engine: Engine) -> None:
    put(engine, 50)
    assert (
        "rounded to the nearest multiple of 5, each by itself: 0 can be up to 2"
        in page(engine).text
    )


@pytest.mark.parametrize(("number", "told"), [(2, False), (41, True)])
def test_choices_without_a_page_do_not_count_in_the_rates(
    engine: Engine, number: int, told: bool
) -> None:
    put(engine, 500, answers={"marketing": "yes"})
    put(engine, 500, method="reject", answers={"marketing": "no"})
    put(engine, number, snapshot="")
    report = page(engine)
    marketing = report.table("Consent by category")["Advertising"]
    assert marketing[:6] == ["1 000", "500", "0", "500", "0", "50.0 %"]
    assert f"Choices {'1 040' if told else '1 000'} " in report.text
    assert ("40 choices came from pages that did not say" in report.text) == told
    assert ("came from pages" in report.text) == told


def test_the_page_holds_where_only_choices_without_a_page_are_many(engine: Engine) -> None:
    put(engine, 500, snapshot="")
    put(engine, 1, answers={"marketing": "yes"})
    report = page(engine)
    assert report.table("Choices by language")["others"] == ["0", "too few"]
    assert report.table("Consent by category")["Advertising"][-1] == "too few"


# -- Groups -----------------------------------------------------------------------------------


def test_languages_of_one_or_two_choices_are_shown_together(engine: Engine) -> None:
    for language, number in (("de", 300), ("fr", 80), ("it", 2), ("rm", 1), ("en", 3)):
        put(engine, number, language=language, answers={"marketing": "yes"})
    assert page(engine).rows["Choices by language"][1:] == [
        ["de", "300", "77.9 %"],
        ["fr", "80", "20.8 %"],
        ["en", "5", "1.3 %"],
        ["others", "5", "1.3 %"],
    ]


def test_the_largest_12_languages_are_shown_each(engine: Engine) -> None:
    for i in range(14):
        put(engine, 100 - 5 * i, language=f"l{i:02}", answers={"marketing": "yes"})
    report = page(engine)
    names = [f"l{i:02}" for i in range(12)] + ["others"]
    assert [row[0] for row in report.rows["Choices by language"][1:]] == names
    assert report.table("Choices by language")["others"][0] == "75"
    assert list(report.table("Advertising: consent by language"))[1:] == names


def test_the_largest_24_pages_are_shown_each_in_the_order_of_their_first_choice(
    engine: Engine,
) -> None:
    for i in range(26):
        of = {"snapshot": f"snap{i:02}", "language": "de", "day": DAY - i}
        put(engine, 200 - 5 * i, answers={"marketing": "yes"}, **of)
    report = page(engine)
    rows = report.rows["What pages showed"][1:]
    assert [row[1] for row in rows] == [
        *(f"snap{i:02}" for i in reversed(range(24))),
        "others, together",
    ]
    assert rows[-1][2:5] == ["–", "–", "–"]
    assert rows[-1][-1] == "155"
    last = report.rows["Advertising: consent by snapshot"][-1]
    assert last[:3] == ["25. others", "155", "155"]


def test_methods_of_one_or_two_choices_are_shown_together(engine: Engine) -> None:
    for method, number in (("accept", 500), ("save", 2), ("gpc", 2)):
        put(engine, number, method=method)
    rows = page(engine).rows["Choices per day, by method"]
    assert rows[0] == ["Day", "Accept all", "Others, together", "All"]
    assert rows[1] == ["4 Oct 2024", "500", "5", "505"]


def test_a_site_with_few_choices_a_day_has_longer_bars(engine: Engine) -> None:
    for day in range(DAY, DAY + 28):
        put(engine, 5, day=day)
        put(engine, 4, day=day, method="reject")
    rows = page(engine).rows["Choices per week, by method"]
    assert rows[2][1:] == ["35", "30", "65"]


# -- The page ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    # R. G. Newcombe, Statistics in Medicine 17, 1998, table I, method 3.
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_intervals_are_the_published_ones(
    part: int, whole: int, low: float, high: float
) -> None:
    assert wilson(part, whole) == pytest.approx((low, high), abs=6e-5)
    assert wilson(whole - part, whole) == pytest.approx((1 - high, 1 - low), abs=6e-5)


def test_an_empty_store_has_a_page(engine: Engine) -> None:
    report = page(engine)
    assert "No choices yet" in report.text
    assert "Newest head none" in report.text


def test_the_page_is_whole_and_asks_nobody(engine: Engine) -> None:
    put(engine, 500, answers={"marketing": "yes"})
    put(engine, 500, day=DAY + 400, method="reject", answers={"marketing": "no"})
    text = html(engine)
    report = Page(text)
    assert not re.search(r"https?:|//\w|url\(|@import|<script|<link|<img|\bsrc=|\bhref=", text)
    assert report.headings == sorted(report.headings)[:1] + [2] * (len(report.headings) - 1)
    assert len(set(report.ids)) == len(report.ids)
    assert text.count('role="img"') == text.count("<desc ")
    for reference in re.findall(r'aria-labelledby="([^"]+)"', text):
        assert set(reference.split()) <= set(report.ids)


def test_hostile_names_are_text(engine: Engine) -> None:
    bad = "<script>alert(1)</script>\"'&"
    put(engine, 50, snapshot=bad, language=bad[:35], answers={bad: "yes"}, method="<b>\"'")
    put(engine, 60, language="sum", answers={"sum": "no"}, method="x")
    text = html(engine, title=bad)
    Page(text)
    assert "<script" not in text
    assert '<b>"' not in text
    assert "&lt;script&gt;alert(1)" in text


def test_a_span_has_one_bar_and_long_periods_have_longer_ones() -> None:
    for days, unit, number in (
        (1, "day", 1),
        (45, "day", 45),
        (425, "week", 62),
        (1096, "month", 37),
    ):
        last = EPOCH + timedelta(days - 1)
        spans = Spans.over({EPOCH: 10, last: 10})
        assert spans.unit == unit
        assert abs(len(spans.starts) - number) <= 1
        assert [int(spans.index(start)) for start in spans.starts] == list(range(len(spans.starts)))


@pytest.mark.parametrize(("number", "unit"), [(10, "day"), (9, "week"), (1, "month")])
def test_most_bars_are_large_enough_to_show(number: int, unit: str) -> None:
    by_day = {EPOCH + timedelta(n): number for n in range(4, 32)}  # four weeks
    assert Spans.over(by_day).unit == unit


def test_a_quarter_of_the_bars_may_be_small() -> None:
    by_day = {EPOCH + timedelta(n): 9 if n < 3 else 90 for n in range(12)}
    assert Spans.over(by_day).unit == "day"
    assert Spans.over(by_day | {EPOCH + timedelta(3): 9}).unit == "week"


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_few_weeks_have_a_date_at_their_bars(size: str) -> None:
    days = {date(2026, 10, 7) + timedelta(n): 9 for n in range(30)}
    spans = Spans.over(days)
    dates = bars(spans, [Stack("", {"accept": 60})] * 5, {"accept": "Accept all"}, size).dates
    assert [mark.text for mark in dates] == ["5 Oct", "12 Oct", "19 Oct", "26 Oct", "2 Nov"]


def test_categories_are_named_and_in_the_order_of_the_newest_policy(engine: Engine) -> None:
    for stored, order in ((1, ["marketing", "social-media"]), (2, ["social-media", "statistics"])):
        policy = {"categories": [{"id": id} for id in order], "services": []}
        content = json.dumps({"policy": policy})
        store(engine, snapshot(f"snap{stored}", stored=stored) | {"content": content})
    answers = dict.fromkeys(["a-z", "functional", "marketing", "social-media", "statistics"], "yes")
    put(engine, 50, answers=answers)
    assert list(page(engine).table("Consent by category"))[1:] == [
        "Social media", "Statistics", "Optional features", "Advertising", "A z",
    ]  # fmt: skip


def test_a_period_that_ends_before_it_begins_is_refused(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="2026-11-24, is after the last one, 2026-11-23"):
        page(engine, since=date(2026, 11, 24), until=date(2026, 11, 23))
    app = make_site(Records(engine, origin="example.org/consent", wait=30), tmp_path)
    period = ["--since", "2026-11-24", "--until", "2026-11-23"]
    result = run(app, "consent", "report", *period)
    assert result.exit_code == 2
    assert "--since 2026-11-24 is after --until 2026-11-23" in result.stderr


@given(st.integers(0, 10**9))
def test_axes_have_a_few_round_ticks(highest: int) -> None:
    ticks = round_ticks(highest)
    assert ticks[0] == 0
    assert ticks[-1] >= highest
    assert 2 <= len(ticks) <= 7
    assert grouped(ticks[-1]).replace("\N{NARROW NO-BREAK SPACE}", "") == str(ticks[-1])
