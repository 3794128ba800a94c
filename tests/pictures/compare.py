"""Whether two pictures show the same, and how a difference is shown.

The tolerances are measured. Two runs of one Chromium, and Chromium 150 and 156, give the same
pixels. A stylesheet that moves a text by 1 px changes 4 % of them; one that takes the underline
from links changes 0.1 %; a background that is 5 levels of 255 off, 70 %. Other smoothing of the
text (a blur of 0.6 px, a gamma of 0.8) changes 20 %, but nothing in averages of 4 x 4 by more than
24 levels, and a third of the averages of 8 x 8 by more than 3.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, ImageChops

from .camera import Picture


@dataclass(frozen=True)
class Limit:
    """How much of a picture may be how different.

    :param side: of the squares over which pixels are averaged first, in pixels.
    :param levels: of 255, by which a square may differ in any colour.
    :param share: of all squares, that may differ by more.
    """

    side: int
    levels: int
    share: float


@dataclass(frozen=True)
class Tolerance:
    """What still counts as the same.

    :param slack: how far a picture may have moved or grown, in pixels.
    """

    limits: tuple[Limit, ...]
    slack: int = 0


#: For the Chromium that made the reference. A reference itself is up to 6 levels off, and 3 % of
#: its pixels are off by more than 2, since its colours are few (see :mod:`.album`).
STRICT = Tolerance((Limit(1, 2, 0.05), Limit(1, 8, 0.0001)))

#: For another one, which may smooth type otherwise, and round sizes otherwise.
WIDE = Tolerance((Limit(4, 24, 0.005), Limit(8, 3, 0.4)), slack=1)


def _levels(a: Image.Image, b: Image.Image) -> Image.Image:
    """By how many levels each pixel differs, in the colour in which it differs most."""
    red, green, blue = ImageChops.difference(a, b).split()
    return ImageChops.lighter(ImageChops.lighter(red, green), blue)


def _too_much(a: Image.Image, b: Image.Image, limit: Limit) -> str:
    """In words, what ``limit`` does not allow; empty if it allows it."""
    counts = _levels(a.reduce(limit.side), b.reduce(limit.side)).histogram()
    share = sum(counts[limit.levels + 1 :]) / sum(counts)
    if share <= limit.share:
        return ""
    return f"{share:.2%} differ by more than {limit.levels} levels (allowed: {limit.share:.2%})"


def _aligned(
    a: Image.Image, b: Image.Image, slack: int
) -> Iterator[tuple[Image.Image, Image.Image]]:
    """What both pictures have in common, with the one moved against the other by up to ``slack``,
    the least first."""
    steps = sorted(range(-slack, slack + 1), key=abs)
    for x, y in itertools.product(steps, steps):
        width = min(a.width - max(x, 0), b.width - max(-x, 0))
        height = min(a.height - max(y, 0), b.height - max(-y, 0))
        yield (
            a.crop((max(x, 0), max(y, 0), max(x, 0) + width, max(y, 0) + height)),
            b.crop((max(-x, 0), max(-y, 0), max(-x, 0) + width, max(-y, 0) + height)),
        )


def compare(before: Picture, now: Picture, tolerance: Tolerance) -> str:
    """In words, what is different; empty if the pictures show the same."""
    was = (*before.origin, *before.image.size)
    is_ = (*now.origin, *now.image.size)
    if max(abs(a - b) for a, b in zip(was, is_, strict=True)) > tolerance.slack:
        return f"place or size (x, y, width, height) changed: was {was}, is {is_}"
    least: list[str] = []
    for pair in _aligned(before.image, now.image, tolerance.slack):
        found = [said for limit in tolerance.limits if (said := _too_much(*pair, limit))]
        if not found:
            return ""
        least = least or found
    return "; ".join(least)


def difference(before: Picture, now: Picture) -> Image.Image:
    """A picture that is red where the two differ, and a faint copy of the newer one elsewhere."""
    image = Image.new("RGB", now.image.size)
    image.paste(before.image)
    differs = _levels(image, now.image).point([0] * 3 + [255] * 253)
    faint = Image.blend(now.image, Image.new("RGB", now.image.size, "white"), 0.7)
    return Image.composite(Image.new("RGB", now.image.size, "#d00"), faint, differs)
