"""A site's own colours, and whether they can be read (WCAG 2.2): checked when the app starts."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from colorsys import hls_to_rgb
from dataclasses import dataclass
from typing import TypeAlias

from .sheets import Dark, Sheet

#: Red, green and blue, 0 to 255, in sRGB.
Rgb: TypeAlias = tuple[int, int, int]

#: What text needs at least (WCAG 2.2, 1.4.3), and in a theme of high contrast (1.4.6).
TEXT = 4.5
ENHANCED_TEXT = 7.0

#: What a control needs against what it lies on (WCAG 2.2, 1.4.11).
CONTROL = 3.0

ALLOWED = "'#fff', '#1c2024', 'rgb(28 32 36)' or 'hsl(210 12% 13%)', without transparency"

#: One of a pair alone would meet a colour of the theme that its site has not seen.
_PAIRS = (("background", "text"), ("button", "button_text"))

_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})")
_FUNCTION = re.compile(r"(rgb|hsl)\(\s*(\S+?)(?:\s+|\s*,\s*)(\S+?)(?:\s+|\s*,\s*)(\S+?)\s*\)")
_NUMBER = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(%|deg)?")


@dataclass(frozen=True, kw_only=True)
class Colors:
    """A site's own colours, for everything that visitors see of us. "Accept all" and "Reject all"
    share them, so that no colour can make refusing harder.

    Each is ``"#fff"``, ``"#1c2024"``, ``"rgb(28 32 36)"`` or ``"hsl(210 12% 13%)"``. What is not
    given is the theme's. :class:`.CookieConsent` refuses what could not be read.

    :param background: of the banner; goes with ``text``.
    :param text: of text, links and the focus. Secondary text and lines are mixed from both.
    :param button: background of the buttons; goes with ``button_text``. Without it, buttons have
        the colours of the text the other way round.
    :param button_text: of the text on the buttons.
    :param dark: what differs in the dark. What it leaves out is as in the light.
    """

    background: str | None = None
    text: str | None = None
    button: str | None = None
    button_text: str | None = None
    dark: Colors | None = None


def parse_color(text: str) -> Rgb:
    """``text`` in sRGB, rounded to 8 bits.

    :raises ValueError: if it is none of the forms that :class:`Colors` takes.
    """
    text = text.strip().lower()
    if match := _HEX.fullmatch(text):
        digits = match[1] if len(match[1]) == 6 else "".join(d * 2 for d in match[1])
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    if match := _FUNCTION.fullmatch(text):
        parse = _rgb if match[1] == "rgb" else _hsl
        return parse(match[2], match[3], match[4])
    raise ValueError(ALLOWED)


def contrast(one: Rgb, other: Rgb) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


class Palette:
    """A site's colours as style sheets carry them.

    :param backgrounds: the theme's own, in the light and in the dark; ``None`` where only the page
        knows it.
    :param floor: the contrast that text needs.
    :raises ValueError: with everything that is wrong: what is no colour, what stands alone, and
        each contrast that is too low, with its figure.
    """

    def __init__(
        self, colors: Colors, backgrounds: tuple[str | None, str | None], floor: float = TEXT
    ) -> None:
        self._floor = floor
        faults: list[str] = []
        self._light = _read(colors, "colors", faults)
        self._own_dark = _read(colors.dark, "colors.dark", faults) if colors.dark else {}
        if colors.dark and colors.dark.dark:
            faults.append("colors.dark.dark: found Colors(...); allowed: nothing")
        if not faults:  # else some have no figure
            light = [*_contrast_faults(self._light, backgrounds[0], floor)]
            dark = [*_contrast_faults(self._light | self._own_dark, backgrounds[1], floor)]
            for fault in dict.fromkeys(light + dark):
                where = [n for n, found in (("light", light), ("dark", dark)) if fault in found]
                faults.append(f"in the {' and the '.join(where)}: {fault}")
        if faults:
            raise ValueError("\n".join(["these colours cannot be used:", *faults]))

    def css(self, *, mixed: bool) -> Sheet:
        """The custom properties. They hold below ``body``, so that a rule for the dark can ask
        for an attribute of ``html``.

        :param mixed: whether with those of secondary text, lines and surfaces.
        """
        light, dark = (
            ";".join(f"--fcc-{name.replace('_', '-')}:{_hex(rgb)}" for name, rgb in scheme.items())
            for scheme in (self._written(self._light, mixed), self._written(self._own_dark, mixed))
        )
        parts: list[str | Dark] = [f"body{{{light}}}"] if light else []
        return (*parts, Dark("body", dark)) if dark else tuple(parts)

    def _written(self, scheme: Mapping[str, Rgb], mixed: bool) -> Mapping[str, Rgb]:
        if not mixed or "text" not in scheme:
            return scheme
        text, background = scheme["text"], scheme["background"]
        shades = (_mix(text, background, share) for share in (0.72, 0.82, 0.92))
        muted = next((s for s in shades if contrast(s, background) >= self._floor), text)
        line = _mix(text, background, 0.2)
        return {**scheme, "muted": muted, "line": line, "surface": background}


def _read(colors: Colors, where: str, faults: list[str]) -> dict[str, Rgb]:
    """The colours that are given, by name; what is wrong with them goes into ``faults``."""
    found: dict[str, Rgb] = {}
    for pair in _PAIRS:
        given = {name: value for name in pair if (value := getattr(colors, name)) is not None}
        for name, value in given.items():
            color = _parsed(value)
            if color is None:
                faults.append(f"{where}.{name}: found {value!r}; allowed: {ALLOWED}")
            else:
                found[name] = color
        if len(given) == 1:
            [missing] = set(pair) - given.keys()
            faults.append(f"{where}.{missing}: found nothing; it goes with {', '.join(given)}")
    return found


def _parsed(value: object) -> Rgb | None:
    try:
        return parse_color(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _contrast_faults(scheme: Mapping[str, Rgb], theirs: str | None, floor: float) -> Iterator[str]:
    """What is too low, each with its figure.

    :param theirs: the theme's background.
    """
    given = {name.replace("_", " "): rgb for name, rgb in scheme.items()}
    if "background" not in given and theirs is not None:
        given["theme's background"] = parse_color(theirs)
    for front, back, needed, rule in (
        ("text", "background", floor, "1.4.3" if floor == TEXT else "1.4.6"),
        ("button text", "button", floor, "1.4.3" if floor == TEXT else "1.4.6"),
        ("button", "background", CONTROL, "1.4.11"),
        ("button", "theme's background", CONTROL, "1.4.11"),
    ):
        if front in given and back in given:
            ratio = contrast(given[front], given[back])
            if ratio < needed:
                yield (
                    f"{front} {_hex(given[front])} on {back} {_hex(given[back])} is "
                    f"{math.floor(ratio * 100) / 100:g}:1, needs {needed:g}:1 (WCAG 2.2, {rule})"
                )


def _rgb(*parts: str) -> Rgb:
    red, green, blue = (_number(part, {None: 255, "%": 100}) * 255 for part in parts)
    return round(red), round(green), round(blue)


def _hsl(hue: str, saturation: str, lightness: str) -> Rgb:
    turn = _number(hue, {None: 360, "deg": 360})
    red, green, blue = hls_to_rgb(
        turn, _number(lightness, {"%": 100}), _number(saturation, {"%": 100})
    )
    return round(red * 255), round(green * 255), round(blue * 255)


def _number(text: str, units: Mapping[str | None, int]) -> float:
    """A number as its share of the most that its unit may have."""
    match = _NUMBER.fullmatch(text)
    if match is None or match[2] not in units or float(match[1]) > units[match[2]]:
        raise ValueError(ALLOWED)
    return float(match[1]) / units[match[2]]


def _luminance(color: Rgb) -> float:
    """Relative luminance (WCAG 2.2)."""
    red, green, blue = (
        share / 12.92 if (share := value / 255) <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for value in color
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mix(front: Rgb, back: Rgb, share: float) -> Rgb:
    red, green, blue = (
        round(f * share + b * (1 - share)) for f, b in zip(front, back, strict=True)
    )
    return red, green, blue


def _hex(color: Rgb) -> str:
    digits = "{:02x}{:02x}{:02x}".format(*color)
    return f"#{digits[::2] if digits[::2] == digits[1::2] else digits}"
