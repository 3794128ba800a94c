"""What stands for Dash in its samples. Dash itself would bring a hundred megabytes."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from flask import Flask


class _Dash:
    """As much of Dash as its samples touch."""

    def __init__(self, name: str, index_string: str) -> None:
        self.server = Flask(name)
        page = re.sub(r"\{%\w+%\}", "", index_string)
        self.server.add_url_rule("/", "page", lambda: page)

    def callback(self, *_: Any) -> Callable[[Any], Any]:
        """The callback is the page ``/callback``."""

        def decorate(function: Any) -> Any:
            self.server.add_url_rule("/callback", "callback", lambda: function(None))
            return function

        return decorate


def stand_in() -> None:
    """Is imported as ``dash``, unless Dash is there."""
    fake: Any = ModuleType("dash")
    fake.Dash = _Dash
    fake.html = type("html", (), dict.fromkeys(("Div", "Button", "P"), lambda *_, **__: None))
    fake.Input = fake.Output = lambda *_: None
    sys.modules.setdefault("dash", fake)
