"""What the commands of ``flask consent`` take, and how they say what is missing."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    AgeType = click.ParamType[timedelta]
    DayType = click.ParamType[date]
else:  # generic since Click 8.4 only
    AgeType = DayType = click.ParamType

NO_STORE = "this app keeps no records; CookieConsent(policy, records='sqlite:///consent.db') does"

_AGE = re.compile(r"(\d+) ?(days?|months?|years?)")
_DAYS = {"d": 1, "m": 365 / 12, "y": 365}


class Age(AgeType):
    """``25 months``."""

    name = "age"

    def convert(
        self, value: Any, param: click.Parameter | None, context: click.Context | None
    ) -> timedelta:
        found = _AGE.fullmatch(str(value).strip())
        if found is None:
            self.fail(f"{value!r} is not an age; write '25 months', '3 years' or '90 days'")
        return timedelta(days=int(found[1]) * _DAYS[found[2][0]])


class Day(DayType):
    """``2026-11-24``."""

    name = "day"

    def convert(
        self, value: Any, param: click.Parameter | None, context: click.Context | None
    ) -> date:
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a day; write it as 2026-11-24")
