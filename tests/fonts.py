"""The faces that browsers of the tests draw with, whatever fonts the machine has.

Every browser that reads fontconfig (Chromium, Firefox and WebKitGTK on Linux) takes them from the
environment, which a child process inherits::

    os.environ.update(environment())  # tests/conftest.py does this for every test
    subprocess.Popen(["firefox"], env=os.environ | environment("narrow"))

``faces/README.md`` says what they are.
"""

from __future__ import annotations

import lzma
import tempfile
from functools import cache
from pathlib import Path

PACKED = Path(__file__).parent / "faces"

#: The faces that a browser can draw Latin with, by how wide they are; each is the name of a family.
FACES = {"wide": "DejaVu Sans", "narrow": "DejaVu Sans Condensed"}

#: What else it can draw with, where these two lack a character.
OTHERS = (
    "Noto Sans Thai",
    "Noto Sans Devanagari",
    "Noto Sans Bengali",
    "Noto Sans Tamil",
    "Square",
)

#: A family that is not there, and every generic one, becomes ``families``, in this order. How edges
#: are drawn is Debian's default; where nothing is said, Chromium rounds the width of each letter.
CONFIGURATION = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
<dir>{folder}/faces</dir>
<cachedir>{folder}/cache</cachedir>
<match target="pattern">
<edit name="family" mode="append_last">{families}</edit>
<edit name="hintstyle" mode="assign"><const>hintslight</const></edit>
<edit name="lcdfilter" mode="assign"><const>lcddefault</const></edit>
<edit name="rgba" mode="assign"><const>none</const></edit>
</match>
</fontconfig>
"""


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """The faces, unpacked: once in each process, until it ends."""
    folder = tempfile.TemporaryDirectory(prefix="fcc-fonts-")
    faces = Path(folder.name, "faces")
    faces.mkdir()
    for packed in PACKED.glob("*.ttf.xz"):
        (faces / packed.stem).write_bytes(lzma.decompress(packed.read_bytes()))
    return folder


@cache
def environment(face: str = "wide") -> dict[str, str]:
    """Variables with which a browser knows :data:`FACES` and :data:`OTHERS`, and no font of the
    machine. Their files are there until this process ends.

    :param face: what ``system-ui``, ``sans-serif`` and all other generic families are: a key of
        :data:`FACES`.
    :raises KeyError: if ``face`` is another.
    """
    folder = _folder().name
    names = (FACES[face], *FACES.values(), *OTHERS)
    families = "".join(f"<string>{name}</string>" for name in names)
    file = Path(folder, f"{face}.conf")
    file.write_text(CONFIGURATION.format(folder=folder, families=families), "utf-8")
    return {"FONTCONFIG_FILE": str(file)}
