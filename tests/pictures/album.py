"""The references: where they are, and how they are kept small."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

from PIL import Image, PngImagePlugin

from .camera import Picture
from .compare import STRICT, WIDE, Tolerance, compare
from .scenes import Scene

REFERENCES = Path(__file__).parent / "references"

#: Colours that a reference has at most, which takes two thirds of the bytes of all.
COLOURS = 128


class Album:
    """The references for one major version of Chromium, or for the newest there is.

    :param major: of the Chromium that runs.
    """

    def __init__(self, major: int, folder: Path = REFERENCES) -> None:
        self._root = folder
        self.major = major
        majors = sorted(int(f.name) for f in folder.glob("[0-9]*"))
        #: Whose references are taken; 0 if there are none.
        self.taken = major if major in majors else max(majors, default=0)

    @property
    def tolerance(self) -> Tolerance:
        """Wider where the references are another Chromium's."""
        return STRICT if self.taken == self.major else WIDE

    @property
    def warning(self) -> str:
        """What has to be said about the references; empty if they are this Chromium's."""
        if self.taken in (0, self.major):
            return ""
        return (
            f"there are no reference pictures for Chromium {self.major}: compared with those of "
            f"Chromium {self.taken}, less strictly"
        )

    def find(self, scene: Scene) -> Picture | None:
        """The reference of a scene."""
        path = self._root / str(self.taken) / f"{scene.name}.png"
        if not path.exists():
            return None
        with Image.open(path) as image:
            assert isinstance(image, PngImagePlugin.PngImageFile)
            x, y = map(int, image.text["origin"].split())
            return Picture(image.convert("RGB"), (x, y))

    def judge(self, scene: Scene, now: Picture) -> str:
        """In words, what differs from the reference; empty if nothing does."""
        before = self.find(scene)
        return compare(before, now, self.tolerance) if before else "there is no reference"

    def accept(self, pictures: dict[Scene, Picture]) -> int:
        """Makes ``pictures`` the references, and the only ones: those of other versions show how
        it looked before. What is the same already keeps its file.

        :return: how many files were written.
        """
        folder = self._root / str(self.major)
        for other in self._root.glob("[0-9]*"):
            if other != folder:
                shutil.rmtree(other)
        folder.mkdir(parents=True, exist_ok=True)
        self.taken = self.major
        for path in folder.glob("*.png"):
            if path.stem not in {scene.name for scene in pictures}:
                path.unlink()
        changed = [s for s, picture in pictures.items() if self.judge(s, picture)]
        for scene in changed:
            _save(pictures[scene], folder / f"{scene.name}.png")
        return len(changed)


def _save(picture: Picture, path: Path) -> None:
    said = PngImagePlugin.PngInfo()
    said.add_text("origin", "{} {}".format(*picture.origin))
    reduced(picture.image).save(path, pnginfo=said, optimize=True)


def reduced(image: Image.Image) -> Image.Image:
    """The picture with :data:`COLOURS` colours, each of which is the commonest of those that it
    stands for: so areas of one colour keep theirs."""
    few = image.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    data = image.tobytes()
    counts = Counter(zip(few.tobytes(), data[::3], data[1::3], data[2::3], strict=True))
    palette = bytearray(3 * COLOURS)
    for (index, *colour), _ in reversed(counts.most_common()):
        palette[index * 3 : index * 3 + 3] = bytes(colour)
    few.putpalette(palette)
    return few
