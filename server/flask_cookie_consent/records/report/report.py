"""All choices as one page: how many, how made, and how many consented, with uncertainty."""

from __future__ import annotations

from datetime import date, datetime, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
from sqlalchemy.engine import Connection

from .. import queries
from . import plots
from .figures import day_of, read_figures
from .numbers import ROUNDING, SHARED, TOO_FEW, count_text, grouped, rounded
from .plots import MONTHS
from .rates import Rates
from .timeline import timeline

#: The least number of choices that does not round to 0.
_LEAST = ROUNDING // 2 + 1


def make_report(
    connection: Connection,
    *,
    title: str,
    since: date | None = None,
    until: date | None = None,
    now: datetime | None = None,
) -> str:
    """A page of HTML that needs nothing else, and no script.

    :param title: whose choices these are.
    :param since: the first day, UTC; by default the first one with a choice.
    :param until: the last day, UTC; by default the last one with a choice.
    :param now: when the report is made.
    :raises ValueError: if ``since`` is after ``until``.
    """
    if since is not None and until is not None and since > until:
        raise ValueError(f"the first day, {since}, is after the last one, {until}")
    figures = read_figures(connection, since, until)
    total = sum(figures.by_day.values())
    asked = sum(group.choices for group in figures.shown.values())
    enough = rounded(total) > 0
    days = [day for day, _ in figures.by_day]
    status = queries.status(connection)
    context: dict[str, Any] = {
        "title": title,
        "total": count_text(total) if enough or not total else f"fewer than {_LEAST}",
        "since": since or (day_of(min(days)) if days else None),
        "until": until or (day_of(max(days)) if days else None),
        "now": now or datetime.now(timezone.utc),
        "status": status,
        "head_time": status.head_time and datetime.fromisoformat(status.head_time),
        "unasked": rounded(total - asked),
        "enough": enough,
    }
    if enough:
        context |= Rates(connection, figures).view()
        context |= timeline(figures.by_day)
    return _environment().get_template("report.html").render(context)


@lru_cache(1)
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"day": _long_day, "minute": _minute, "px": _pixels}
    environment.filters |= {"grouped": grouped, "count": count_text}
    environment.globals |= {"rounding": ROUNDING, "shared": SHARED, "too_few": TOO_FEW}
    environment.globals["sizes"] = list(plots.WIDTHS)
    return environment


def _long_day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _minute(moment: datetime) -> str:
    return f"{_long_day(moment)}, {moment:%H:%M} UTC"


def _pixels(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
