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
from .numbers import HIDDEN
from .plots import MONTHS, grouped
from .rates import Rates
from .timeline import timeline


def make_report(
    connection: Connection,
    *,
    title: str,
    since: date | None = None,
    until: date | None = None,
    smallest: int = 10,
    now: datetime | None = None,
) -> str:
    """A page of HTML that needs nothing else, and no script.

    :param title: whose choices these are.
    :param since: the first day, UTC; by default the first one with a choice.
    :param until: the last day, UTC; by default the last one with a choice.
    :param smallest: groups of fewer choices are not shown, nor others from which what they are
        would follow, see :mod:`.suppression`.
    :param now: when the report is made.
    :raises ValueError: if ``since`` is after ``until``.
    """
    if since is not None and until is not None and since > until:
        raise ValueError(f"the first day, {since}, is after the last one, {until}")
    figures = read_figures(connection, since, until)
    unasked = sum(figures.unasked.values())
    left_out = 0 < unasked < smallest
    if left_out:  # else the choices less those that answered would say how few they are
        figures.by_day -= figures.unasked
    total = sum(figures.by_day.values())
    days = [day for day, _ in figures.by_day]
    status = queries.status(connection)
    context: dict[str, Any] = {
        "title": title,
        "total": f"fewer than {smallest}" if 0 < total < smallest else grouped(total),
        "since": since or (day_of(min(days)) if days else None),
        "until": until or (day_of(max(days)) if days else None),
        "now": now or datetime.now(timezone.utc),
        "status": status,
        "head_time": status.head_time and datetime.fromisoformat(status.head_time),
        "kept": [
            # Exact numbers would say how few were left out.
            f"about {grouped(round(n, -1))}" if left_out else grouped(n)
            for n in (status.sealed, status.unsealed, status.purged)
        ],
        "unasked": unasked if unasked and not left_out else 0,
        "left_out": left_out,
        "smallest": smallest,
        "hidden": HIDDEN,
        "enough": total >= max(smallest, 1),
    }
    if context["enough"]:
        context |= Rates(connection, figures, smallest).view()
        context |= timeline(figures.by_day, smallest)
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
    environment.filters |= {"day": _long_day, "minute": _minute, "grouped": grouped, "px": _pixels}
    environment.globals["sizes"] = list(plots.WIDTHS)
    return environment


def _long_day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _minute(moment: datetime) -> str:
    return f"{_long_day(moment)}, {moment:%H:%M} UTC"


def _pixels(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
