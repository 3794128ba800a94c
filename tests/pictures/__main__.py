"""``python -m tests.pictures``: accepts, compares or shows pictures of all that visitors see."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from .album import Album
from .camera import Camera, open_camera
from .scenes import all_scenes, pairwise
from .sheet import Shots, write_sheet

T = TypeVar("T")

SHEET = Path(tempfile.gettempdir()) / "flask-cookie-consent-pictures.html"


def main() -> int:
    """Runs the command; the exit status."""
    options = _options()
    with open_camera() as camera:
        if options.accept:
            return _accept(camera)
        if options.compare:
            return _compare(camera)
        write_sheet(_shots(camera), options.sheet)
        print(f"All pictures are in {options.sheet}")
        return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.pictures", description=__doc__)
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--accept",
        action="store_true",
        help="makes what is there now the references of the pairwise set, and the only ones",
    )
    what.add_argument(
        "--compare",
        action="store_true",
        help="says what differs from the references; fails if anything does",
    )
    what.add_argument(
        "--sheet",
        type=Path,
        default=SHEET,
        metavar="FILE",
        help="a contact sheet of every combination, .html or .png; by default %(default)s",
    )
    options = parser.parse_args()
    if options.sheet.suffix not in (".html", ".png"):
        parser.error(f"--sheet: found {options.sheet}; allowed: a name that ends in .html or .png")
    return options


def _told(things: list[T]) -> Iterator[T]:
    """``things``, and how far one is, where somebody looks on."""
    for number, thing in enumerate(things, 1):
        if sys.stderr.isatty():
            print(f"\r{number}/{len(things)}", end="", file=sys.stderr, flush=True)
        yield thing


def _accept(camera: Camera) -> int:
    album = Album(camera.major)
    pictures = {scene: camera.take(scene) for scene in _told(pairwise())}
    written = album.accept(pictures)
    print(f"{written} of {len(pictures)} references are new, for Chromium {camera.major}")
    return 0


def _compare(camera: Camera) -> int:
    album = Album(camera.major)
    if album.warning:
        print(f"Note: {album.warning}")
    found = [
        f"{scene.name}: {said}"
        for scene in _told(pairwise())
        if (said := album.judge(scene, camera.take(scene)))
    ]
    print("\n".join(found or ["Nothing differs from the references"]))
    return 1 if found else 0


def _shots(camera: Camera) -> Shots:
    """Every combination; of first layers the whole window, since it matters where they stand."""
    for scene in _told(all_scenes()):
        yield (
            scene,
            camera.take_window(scene) if scene.has_first_layer else camera.take(scene).image,
        )


if __name__ == "__main__":
    sys.exit(main())
