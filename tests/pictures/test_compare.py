"""What the tolerances let pass, and what they do not: on a drawn picture, without a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from flask_cookie_consent.ui.look import PLACEMENTS, THEMES

from .album import Album, reduced
from .camera import Picture
from .compare import STRICT, WIDE, Tolerance, compare, difference
from .scenes import DIRECTIONS, OTHERS, SCHEMES, WIDTHS, Scene, pairwise

SCENE = pairwise()[0]

in_each_tolerance = pytest.mark.parametrize("tolerance", [STRICT, WIDE], ids=["strict", "wide"])


def card(
    *,
    background: str = "#ffffff",
    button: str = "#1c2024",
    down: int = 0,
    height: int = 240,
    origin: tuple[int, int] = (840, 498),
) -> Picture:
    """A card with nine lines of text and two buttons."""
    image = Image.new("RGB", (440, height), background)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(15)
    for line in range(9):
        text = "We use cookies to count visits and to show maps, films and more"
        draw.text((20, 10 + 18 * line + down), text, "#1c2024", font)
    draw.rectangle((20, 190, 215, 230), button)
    draw.rectangle((225, 190, 420, 230), button)
    return Picture(image, origin)


def smoothed(picture: Picture) -> Picture:
    """The same by a browser that draws edges a hair softer."""
    return Picture(picture.image.filter(ImageFilter.GaussianBlur(0.5)), picture.origin)


def pushed(picture: Picture) -> Picture:
    """The same in a box that is 1 px taller, at whose foot it stands."""
    image = Image.new("RGB", (picture.image.width, picture.image.height + 1), "white")
    image.paste(picture.image, (0, 1))
    return Picture(image, picture.origin)


@in_each_tolerance
def test_the_same_passes(tolerance: Tolerance) -> None:
    assert compare(card(), card(), tolerance) == ""


@in_each_tolerance
def test_a_reference_with_few_colours_passes(tolerance: Tolerance) -> None:
    before = Picture(reduced(smoothed(card()).image).convert("RGB"), card().origin)
    assert compare(before, smoothed(card()), tolerance) == ""


def test_an_area_keeps_its_colour_in_a_reference_with_few_colours() -> None:
    image = Image.new("RGB", (256, 256))
    for x in range(256):
        for y in range(128):
            image.putpixel((x, y), (x, (x * 7) % 256, y * 2))
    image.paste("#fdfbf8", (0, 128, 256, 250))
    assert reduced(image).convert("RGB").getpixel((128, 200)) == (253, 251, 248)


@in_each_tolerance
@pytest.mark.parametrize(
    "changed",
    [
        {"down": 1},
        {"button": "#1c2c54"},
        {"background": "#fafaf8"},
        {"height": 242},
        {"origin": (838, 498)},
    ],
    ids=["text moved by 1 px", "button", "background", "grown", "moved"],
)
def test_a_change_that_a_visitor_can_see_fails(
    tolerance: Tolerance, changed: dict[str, Any]
) -> None:
    assert compare(card(), card(**changed), tolerance)


@pytest.mark.parametrize(
    "hair",
    [smoothed(card()), card(height=241), pushed(card()), card(origin=(840, 497))],
    ids=["smoothed", "grown by 1 px", "grown by 1 px above", "moved by 1 px"],
)
def test_a_hair_passes_for_another_chromium_alone(hair: Picture) -> None:
    assert compare(card(), hair, WIDE) == ""
    assert compare(card(), hair, STRICT)


def test_the_picture_of_a_difference_is_red_there_alone() -> None:
    image = difference(card(), card(button="#ff0000"))
    assert image.getpixel((100, 210)) == (221, 0, 0)
    assert image.getpixel((5, 5)) == (255, 255, 255)


def test_what_was_accepted_is_found_again_and_other_versions_are_gone(tmp_path: Path) -> None:
    Album(150, tmp_path).accept({SCENE: card(button="#777777")})
    album = Album(156, tmp_path)
    assert "Chromium 150" in album.warning
    assert album.tolerance is WIDE
    assert album.judge(SCENE, card())
    assert album.accept({SCENE: card()}) == 1
    assert album.accept({SCENE: card()}) == 0
    album = Album(156, tmp_path)
    assert (album.warning, album.tolerance) == ("", STRICT)
    assert album.judge(SCENE, card()) == ""
    assert [path.name for path in tmp_path.iterdir()] == ["156"]


def test_the_newest_reference_stands_in_for_one_that_is_missing(tmp_path: Path) -> None:
    for major in ("99", "156"):
        (tmp_path / major).mkdir()
    assert Album(160, tmp_path).taken == 156


def test_a_picture_without_reference_fails(tmp_path: Path) -> None:
    assert Album(156, tmp_path).judge(SCENE, card()) == "there is no reference"


def test_any_two_values_meet_in_one_picture() -> None:
    for parts in (PLACEMENTS, OTHERS):
        axes = (parts, THEMES, SCHEMES, DIRECTIONS, WIDTHS)
        seen = [scene for scene in pairwise() if scene.part in parts]
        for i, one in enumerate(axes):
            for j, other in enumerate(axes[:i]):
                pairs = {(_values(s)[i], _values(s)[j]) for s in seen}
                assert len(pairs) == len(one) * len(other)


def _values(scene: Scene) -> tuple[object, ...]:
    return (scene.part, scene.theme, scene.scheme, scene.direction, scene.width)
