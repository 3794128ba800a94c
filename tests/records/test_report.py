"""The report: its numbers, and what it must not say."""

from __future__ import annotations

import json
import random
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
from flask_cookie_consent.records.report.figures import EPOCH, Spans, read_figures, wilson
from flask_cookie_consent.records.report.plots import Stack, bars, grouped, round_ticks
from flask_cookie_consent.records.report.report import make_report
from flask_cookie_consent.records.report.suppression import apart_and_together, hide
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


def test_rates_count_sealed_purged_and_unsealed_choices(engine: Engine) -> None:
    store(engine, snapshot())
    put(engine, 1200, answers={"marketing": "yes"})
    put(engine, 300, method="save", answers={"marketing": "some"}, purged=True)
    put(engine, 480, method="reject", answers={"marketing": "no"})
    for i in range(20):  # not sealed
        row = {"method": "reject", "snapshot": "snap1", "granted": "", "refused": "ccc"}
        store(engine, record(i, time=DAY * SECONDS, **row))
    report = page(engine)
    low, high = wilson(1200, 2000)
    interval = f"{low:.1%} to {high:.1%}".replace("%", " %")
    assert report.table("Consent by category")["Advertising"] == [
        "2 000", "1 200", "300", "500", "0", "60.0 %", interval,
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
    assert "Choices 52 " in report.text


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_figures_are_those_of_a_recount(data: st.DataObject) -> None:
    groups = st.tuples(st.integers(0, 20), st.sampled_from(["yes", "some", "no"]), st.booleans())
    drawn = data.draw(st.lists(groups, max_size=30))
    engine = sa.create_engine("sqlite://")
    schema.metadata.create_all(engine)
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


# -- Small groups -----------------------------------------------------------------------------


def test_a_small_cell_is_hidden_and_so_is_the_next_smallest(engine: Engine) -> None:
    put(engine, 500, answers={"marketing": "yes"})
    put(engine, 60, method="save", answers={"marketing": "some"})
    put(engine, 4, method="reject", answers={"marketing": "no"})
    report = page(engine)
    marketing = report.table("Consent by category")["Advertising"]
    assert marketing[:5] == ["564", "500", "hidden", "hidden", "0"]
    methods = report.rows["Choices per day, by method"]
    assert methods[0] == ["Day", "Accept all", "Others, together", "All"]
    why = "fewer than 10, or hidden to protect such a figure"
    assert f"Made by “Reject all” hidden {why}" in report.text
    assert f"Hidden: {why}." in report.text
    assert methods[1][1:] == ["500", "64", "564"]


@pytest.mark.parametrize("number", [4, 40])
def test_choices_without_a_page_do_not_hide_the_rates(engine: Engine, number: int) -> None:
    put(engine, 500, answers={"marketing": "yes"})
    put(engine, 500, method="reject", answers={"marketing": "no"})
    put(engine, number, snapshot="")
    report = page(engine)
    marketing = report.table("Consent by category")["Advertising"]
    assert marketing[:6] == ["1 000", "500", "0", "500", "0", "50.0 %"]
    if number == 4:
        assert "Choices 1 000 " in report.text
        assert "Sealed about 1 000" in report.text
        assert "1 004" not in report.text
    else:
        assert "Choices 1 040 " in report.text
        assert "40 choices came from pages that did not say" in report.text


def test_small_languages_are_shown_together(engine: Engine) -> None:
    for language, number in (("de", 300), ("fr", 80), ("it", 3)):
        put(engine, number, language=language, answers={"marketing": "yes"})
    table = page(engine).table("Choices by language")
    assert table == {
        "Language": ["Choices", "Share"],
        "de": ["300", "78.3 %"],
        "others": ["83", "21.7 %"],
    }


def test_a_small_snapshot_goes_with_another_of_its_language(engine: Engine) -> None:
    for name, language, number in (
        ("a", "de", 400),
        ("b", "de", 90),
        ("c", "de", 5),
        ("d", "fr", 40),
    ):
        put(engine, number, snapshot=name, language=language, answers={"marketing": "yes"})
    rows = page(engine).rows["What pages showed"][1:]
    assert [(row[1], row[2], row[-1]) for row in rows] == [
        ("a", "de", "400"),
        ("d", "fr", "40"),
        ("others, together", "de", "95"),
    ]


def test_a_day_of_few_choices_hides_another_day(engine: Engine) -> None:
    for day, number in ((DAY, 90), (DAY + 1, 5), (DAY + 2, 40), (DAY + 4, 70)):
        put(engine, number, day=day)
    rows = page(engine).rows["Choices per day, by method"]
    assert [row[-1] for row in rows[1:]] == ["90", "hidden", "hidden", "0", "70", "205"]


def test_a_site_with_few_choices_a_day_has_longer_bars(engine: Engine) -> None:
    for day in range(DAY, DAY + 28):
        put(engine, 5, day=day)
        put(engine, 4, day=day, method="reject")
    rows = page(engine).rows["Choices per week, by method"]
    assert rows[2][1:] == ["35", "28", "63"]


def test_no_small_number_follows_where_a_table_cannot_be_shown_in_part(engine: Engine) -> None:
    for language, yes, no, unasked in (("de", 50, 0, 4), ("fr", 0, 0, 20), ("it", 0, 30, 0)):
        put(engine, yes, language=language, answers={"marketing": "yes"})
        put(engine, no, language=language, answers={"marketing": "no"}, method="reject")
        put(engine, unasked, language=language)
    table = page(engine).table("Advertising: consent by language")
    assert [table[name][4] for name in ("de", "fr", "it")] == ["hidden", "hidden", "hidden"]
    assert table["fr"][-2:] == ["hidden", "hidden"]


@pytest.mark.parametrize(("number", "said"), [(9, "fewer than 10"), (10, "10")])
def test_too_few_choices_are_not_told_apart(engine: Engine, number: int, said: str) -> None:
    put(engine, number, answers={"marketing": "yes"})
    report = page(engine)
    assert f"Choices {said} " in report.text
    assert ("Choices per day" in report.text) == (number == 10)
    assert ("Sealed 9" in report.text) is False


@settings(max_examples=200, deadline=None)
@given(st.integers(2, 5), st.integers(2, 5), st.randoms(use_true_random=False))
def test_no_small_cell_follows_from_the_sums(
    rows: int, columns: int, chance: random.Random
) -> None:
    """With all sums known, the hidden cells can be moved round a circle without being seen."""
    cells = {
        (r, c): chance.choice([0, chance.randint(1, 9), chance.randint(10, 99)])
        for r in range(rows)
        for c in range(columns)
    }
    hidden = hide(cells, 10)
    small = {cell for cell, n in cells.items() if 0 < n < 10}
    if hidden is None:
        return
    assert small <= hidden
    assert all(cells[cell] for cell in hidden)
    unknown = sorted(hidden)
    equations = [[int(cell[0] == r) for cell in unknown] for r in range(rows)]
    equations += [[int(cell[1] == c) for cell in unknown] for c in range(columns)]
    determined = {unknown[i] for i in fixed(equations)}
    assert not determined & small
    for line in (*range(rows), *range(columns)):
        for axis in (0, 1):
            inside = [cell for cell in hidden if cell[axis] == line]
            if small.intersection(inside):
                assert sum(cells[cell] for cell in inside) >= 10


def fixed(equations: list[list[int]]) -> list[int]:
    """The unknowns that linear equations leave one value: those alone in a reduced row."""
    rows = [[float(n) for n in row] for row in equations]
    rank = 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((r for r in range(rank, len(rows)) if abs(rows[r][column]) > 1e-9), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        rows[rank] = [n / rows[rank][column] for n in rows[rank]]
        for r, row in enumerate(rows):
            if r != rank and row[column]:
                rows[r] = [a - row[column] * b for a, b in zip(row, rows[rank], strict=True)]
        rank += 1
    supports = [[i for i, n in enumerate(row) if abs(n) > 1e-9] for row in rows]
    return [support[0] for support in supports if len(support) == 1]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=6, max_size=6))
def test_more_than_one_number_fits_a_small_cell(numbers: list[int]) -> None:
    """A hidden cell is at least 1: tried with all numbers that add up as the true ones do."""
    upper, lower = numbers[:3], numbers[3:]
    cells = {(r, c): n for r, row in enumerate((upper, lower)) for c, n in enumerate(row)}
    hidden = hide(cells, 4)
    if hidden is None:
        return
    seen: dict[tuple[int, int], set[int]] = {cell: set() for cell in cells}
    columns = [a + b for a, b in zip(upper, lower, strict=True)]
    for one in product(*(range(n + 1) for n in columns)):
        if sum(one) == sum(upper):
            two = [n - a for n, a in zip(columns, one, strict=True)]
            tried = {(r, c): n for r, row in enumerate((one, two)) for c, n in enumerate(row)}
            if all(n > 0 if c in hidden else n == cells[c] for c, n in tried.items()):
                for cell, n in tried.items():
                    seen[cell].add(n)
    assert all(len(seen[cell]) > 1 for cell, n in cells.items() if 0 < n < 4)


@pytest.mark.parametrize("numbers", [(1, 10, 80), (9, 9, 80), (3, 4, 80, 90), (1, 1, 1, 80)])
def test_hidden_cells_of_a_line_are_not_few_together(numbers: tuple[int, ...]) -> None:
    cells = {("row", i): n for i, n in enumerate(numbers)}
    hidden = hide(cells, 10, columns=False)
    assert hidden is not None
    assert len(hidden) > 1
    assert sum(cells[cell] for cell in hidden) >= 10


def test_groups_are_merged_until_they_are_not_small() -> None:
    assert apart_and_together({"a": 90, "b": 20, "c": 3}, 10) == (["a"], ["b", "c"])
    assert apart_and_together({"a": 90, "b": 3, "c": 3}, 10) == ([], ["a", "b", "c"])
    assert apart_and_together({"a": 90, "b": 6, "c": 6}, 10) == (["a"], ["b", "c"])
    assert apart_and_together({"a": 90, "b": 10}, 10) == (["a", "b"], [])


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
        spans = Spans.over({EPOCH: 10, last: 10}, 10)
        assert spans.unit == unit
        assert abs(len(spans.starts) - number) <= 1
        assert [int(spans.index(start)) for start in spans.starts] == list(range(len(spans.starts)))


@pytest.mark.parametrize(("number", "unit"), [(10, "day"), (9, "week"), (1, "month")])
def test_most_bars_are_large_enough_to_show(number: int, unit: str) -> None:
    by_day = {EPOCH + timedelta(n): number for n in range(4, 32)}  # four weeks
    assert Spans.over(by_day, 10).unit == unit


def test_a_quarter_of_the_bars_may_be_small() -> None:
    by_day = {EPOCH + timedelta(n): 9 if n < 3 else 90 for n in range(12)}
    assert Spans.over(by_day, 10).unit == "day"
    assert Spans.over(by_day | {EPOCH + timedelta(3): 9}, 10).unit == "week"


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_few_weeks_have_a_date_at_their_bars(size: str) -> None:
    days = {date(2026, 10, 7) + timedelta(n): 9 for n in range(30)}
    spans = Spans.over(days, 10)
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
