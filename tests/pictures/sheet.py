"""Contact sheets: many pictures on one page, labelled."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from .scenes import Scene

Shots = Iterable[tuple[Scene, Image.Image]]

_STYLE = (
    "body{margin:24px;background:#808489;font:13px/1.4 system-ui,sans-serif;color:#fff}"
    "h2{margin:32px 0 8px;font-size:17px}div{display:flex;flex-wrap:wrap;gap:12px}"
    "figure{margin:0}img{display:block;height:400px;width:auto}"
)

#: Of a picture in a sheet that is itself a picture, in pixels; and the room for its label.
_HEIGHT, _LABEL, _GAP, _WIDTH = 400, 16, 12, 2400


def _groups(shots: Shots) -> Iterator[tuple[str, list[tuple[Scene, Image.Image]]]]:
    """The pictures by part and theme, in which they come."""
    for (part, theme), group in groupby(shots, key=lambda shot: (shot[0].part, shot[0].theme)):
        yield f"{part}, {theme}", list(group)


def _label(scene: Scene) -> str:
    return f"{scene.scheme}, {scene.direction}, {scene.width} px"


def _write_html(shots: Shots, path: Path) -> None:
    parts = [
        "<!doctype html><meta charset=utf-8><title>Pictures</title>",
        f"<style>{_STYLE}</style>",
    ]
    for title, group in _groups(shots):
        parts.append(f"<h2>{html.escape(title)}</h2><div>")
        for scene, image in group:
            data = io.BytesIO()
            image.save(data, "PNG")
            source = base64.b64encode(data.getvalue()).decode()
            parts.append(
                f'<figure><img src="data:image/png;base64,{source}" alt="{scene.name}" '
                f"loading=lazy><figcaption>{_label(scene)}</figcaption></figure>"
            )
        parts.append("</div>")
    path.write_text("\n".join(parts), "utf-8")


def _row(title: str, group: list[tuple[Scene, Image.Image]]) -> Image.Image:
    """One part in one theme, in as many lines as it takes."""
    places, x, y = [], 0, 2 * _LABEL
    for scene, image in group:
        width = image.width * _HEIGHT // image.height
        if x + width > _WIDTH:
            x, y = 0, y + _HEIGHT + _LABEL + _GAP
        places.append((x, y, scene, image.resize((width, _HEIGHT), Image.Resampling.LANCZOS)))
        x += width + _GAP
    row = Image.new("RGB", (_WIDTH, y + _HEIGHT + _LABEL + _GAP), "#808489")
    draw, font = ImageDraw.Draw(row), ImageFont.load_default(13)
    draw.text((0, 8), title, "white", ImageFont.load_default(18))
    for left, top, scene, image in places:
        row.paste(image, (left, top))
        draw.text((left, top + _HEIGHT + 1), _label(scene), "white", font)
    return row


def _write_png(shots: Shots, path: Path) -> None:
    rows = [_row(title, group) for title, group in _groups(shots)]
    sheet = Image.new("RGB", (_WIDTH, sum(row.height for row in rows)))
    y = 0
    for row in rows:
        sheet.paste(row, (0, y))
        y += row.height
    sheet.save(path)


_WRITERS: dict[str, Callable[[Shots, Path], None]] = {".html": _write_html, ".png": _write_png}


def write_sheet(shots: Shots, path: Path) -> None:
    """Writes a contact sheet: one page with the pictures in it, or one tall picture.

    :param shots: in the order in which they are shown; each part and theme gets a heading.
    :raises ValueError: if ``path`` ends in neither ``.html`` nor ``.png``.
    """
    if path.suffix not in _WRITERS:
        raise ValueError(f"{path}: a sheet is an .html or a .png file")
    path.parent.mkdir(parents=True, exist_ok=True)
    _WRITERS[path.suffix](shots, path)
