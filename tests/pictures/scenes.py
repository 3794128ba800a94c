"""What is photographed: every combination of look and circumstance, or pairs of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import astuple, dataclass

from allpairspy import AllPairs

from flask_cookie_consent.ui.look import PLACEMENTS, THEMES

SCHEMES = ("light", "dark")
DIRECTIONS = ("ltr", "rtl")
WIDTHS = (1280, 360)

#: What there is beside the first layer; the placement is none of its business.
OTHERS = ("preferences", "policy", "embed")

#: The language in which a direction is shown.
LANGUAGES = {"ltr": "en", "rtl": "he"}

#: The windows' heights, by width: a laptop and a small phone.
HEIGHTS = {1280: 800, 360: 640}


@dataclass(frozen=True)
class Scene:
    """One picture.

    :param part: the placement of a first layer, or one of :data:`OTHERS`.
    :param width: of the window, in CSS pixels.
    """

    part: str
    theme: str
    scheme: str
    direction: str
    width: int

    @property
    def name(self) -> str:
        """Names its file."""
        return "-".join(map(str, astuple(self)))

    @property
    def has_first_layer(self) -> bool:
        """Whether the first layer is what is photographed."""
        return self.part in PLACEMENTS

    @property
    def path(self) -> str:
        """Where it stands on the site of :mod:`.site`."""
        language = LANGUAGES[self.direction]
        page = f"consent/policy?language={language}" if self.part == "policy" else self.part
        return f"/{self.part}/{self.theme}/{language}/{page}"


def _axes(parts: Iterable[str]) -> list[list[object]]:
    return [list(parts), list(THEMES), list(SCHEMES), list(DIRECTIONS), list(WIDTHS)]


def all_scenes() -> list[Scene]:
    """Every combination: 280 first layers and 120 others."""
    axes = (_axes(PLACEMENTS), _axes(OTHERS))
    return [Scene(*values) for axis in axes for values in itertools.product(*axis)]  # type: ignore[arg-type]


def pairwise() -> list[Scene]:
    """So many of them that any two values of two axes meet in one, always the same ones."""
    axes = (_axes(PLACEMENTS), _axes(OTHERS))
    return [Scene(*values) for axis in axes for values in AllPairs(axis)]
