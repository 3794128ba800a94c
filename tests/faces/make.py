"""Makes the faces of this folder anew: ``python tests/faces/make.py DEJAVU NOTO``.

The two arguments are the folders with DejaVuSans.ttf and NotoSansThai-Regular.ttf. It needs
fonttools, which no test needs.
"""

from __future__ import annotations

import argparse
import io
import lzma
from collections.abc import Iterator
from pathlib import Path

from fontTools import subset
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._c_m_a_p import cmap_format_13

HERE = Path(__file__).parent
LOCALE = HERE.parents[1] / "server/flask_cookie_consent/i18n/locale"

#: Latin of every European language, punctuation, and the signs that browsers and pages draw.
COMMON = (
    "20-7E A0-17F 192 218-21B 2C6 2DA 2DC 300-304 306-30C 327-328 200B-2015 2018-201E 2020-2022 "
    "2026 202A-202F 2030 2032 2033 2039 203A 2044 2060 2066-2069 20AC 2116 2122 2190-2193 "
    "2196-2199 2212 2248 2260 2264 2265 25A0 25A1 25AA 25B2 25B6 25B8 25BC 25BE 25C0 25C2 25CB "
    "25CC 25CF 25E6 2610-2612 2713 2715 2717 FFFD"
)
ARABIC = (
    "60C 61B 61F 621-655 660-66D 670 679 67E 686 688 691 698 6A9 6AF 6BA 6BE 6C1-6C3 6CC 6D2-6D4 "
    "6F0-6F9"
)
#: Greek, Cyrillic, Armenian, Hebrew, Georgian, and the Latin of Vietnamese.
OTHERS = (
    "1A0 1A1 1AF 1B0 1E80-1E85 1EA0-1EF9 374 37E 384-3CE 400-45F 490-493 49A 49B 4A2 4A3 "
    "4AE-4B1 4D8 4D9 4E8 4E9 531-556 559-55F 561-587 589 58A 5B0-5C2 5D0-5EA 5F3 5F4 "
    "10D0-10F0 10FB 20AA 20B4 20B9 20BA"
)
#: Scripts that DejaVu has not: the language of ours that is written in each, and its block.
SCRIPTS = {
    "Thai": ("th", range(0x0E00, 0x0E80)),
    "Devanagari": ("hi", range(0x0900, 0x0980)),
    "Bengali": ("bn", range(0x0980, 0x0A00)),
    "Tamil": ("ta", range(0x0B80, 0x0C00)),
}
#: What stands in a square in Chinese, Japanese and Korean.
SQUARES = (
    "1100-115F 2E80-303E 3041-4DBF 4E00-9FFF AC00-D7A3 F900-FAFF FE30-FE4F FF01-FF60 FFE0-FFE6"
)
FEATURES = ["ccmp", "locl", "mark", "mkmk", "kern", "init", "medi", "fina", "rlig", "isol"]


def characters(ranges: str) -> Iterator[int]:
    """The code points of ``ranges``, which are hexadecimal, with both ends."""
    for part in ranges.split():
        first, _, last = part.partition("-")
        yield from range(int(first, 16), int(last or first, 16) + 1)


def cut(source: Path, name: str, wanted: set[int], features: list[str]) -> None:
    """Writes the glyphs of ``wanted`` from the face ``source``, without hints."""
    options = subset.Options(
        hinting=False, layout_features=features, notdef_outline=True, name_IDs=[0, 1, 2, 4, 6, 13]
    )
    options.drop_tables += ["FFTM"]
    face = subset.load_font(str(source), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=wanted)
    cutter.subset(face)
    write(face, name)


def square() -> TTFont:
    """A face in which every character is the same frame, as wide as the text is high."""
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "square"])
    pen = TTGlyphPen(None)
    for (left, bottom, right, top), step in (((80, -60, 920, 780), 1), ((140, 0, 860, 720), -1)):
        corners = [(left, bottom), (left, top), (right, top), (right, bottom)][::step]
        pen.moveTo(corners[0])
        for corner in corners[1:]:
            pen.lineTo(corner)
        pen.closePath()
    frame = pen.glyph()
    builder.setupGlyf({".notdef": frame, "square": frame})
    builder.setupHorizontalMetrics({".notdef": (1000, 80), "square": (1000, 80)})
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupCharacterMap({0x4E00: "square"})
    # The one format that has a whole range of characters share a glyph.
    table = cmap_format_13(13)
    table.platformID, table.platEncID, table.language = 3, 10, 0
    table.format, table.reserved, table.length, table.nGroups = 13, 0, 0, 0
    table.cmap = dict.fromkeys(characters(SQUARES), "square")
    builder.font["cmap"].tables = [table]
    builder.setupNameTable(
        {"familyName": "Square", "styleName": "Regular", "psName": "Square-Regular"}
    )
    builder.setupOS2(sTypoAscender=880, sTypoDescender=-120, usWinAscent=880, usWinDescent=120)
    builder.setupPost()
    return builder.font


def write(face: TTFont, name: str) -> None:
    """Writes a face, packed; the same bytes every time."""
    face.recalcTimestamp = False
    face["head"].created = face["head"].modified = 0
    file = io.BytesIO()
    face.save(file)
    packed = lzma.compress(file.getvalue(), preset=9 | lzma.PRESET_EXTREME)
    (HERE / f"{name}.ttf.xz").write_bytes(packed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("dejavu", type=Path, help="the folder of DejaVuSans.ttf")
    parser.add_argument("noto", type=Path, help="the folder of NotoSansThai-Regular.ttf")
    options = parser.parse_args()
    narrow = set(characters(f"{COMMON} {ARABIC}"))
    for style, weight in (("", "regular"), ("-Bold", "bold")):
        source = options.dejavu / f"DejaVuSansCondensed{style}.ttf"
        cut(source, f"narrow-{weight}", narrow, FEATURES)
        source = options.dejavu / f"DejaVuSans{style}.ttf"
        cut(source, f"wide-{weight}", narrow | set(characters(OTHERS)), FEATURES)
        for script, (language, block) in SCRIPTS.items():
            catalogue = LOCALE / language / "LC_MESSAGES/flask_cookie_consent.po"
            wanted = set(map(ord, catalogue.read_text("utf-8"))) & set(block)
            source = options.noto / f"NotoSans{script}-{weight.title()}.ttf"
            cut(source, f"{script.lower()}-{weight}", wanted, subset.Options().layout_features)
    write(square(), "square")


if __name__ == "__main__":
    main()
