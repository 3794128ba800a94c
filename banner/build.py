"""Builds ``static/`` from ``banner/`` (webassets) and the message catalogues (Babel).

    python -m banner.build            # writes what changed
    python -m banner.build --check    # fails if anything committed is stale

Needs no npm: the minifier is a wheel, pinned exactly, since the bytes it makes are committed.
"""

from __future__ import annotations

import argparse
import io
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TextIO

import minify
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from webassets import Bundle, Environment
from webassets.filter import Filter

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "banner"
STATIC = ROOT / "static"
LOCALE = ROOT / "server" / "flask_cookie_consent" / "locale"

#: What stands in the script for the configuration, which the server puts in its place.
CONFIG = "__CONFIG__"

#: What the configuration consists of, in order; a bundle takes those it names.
PARAMETERS = ("ASK", "FREE", "CSS", "TREE")

CORE = ["dom", "choice", "rules", "release", "report", "layer"]
BUNDLES = {
    "core.js": [*CORE, "on-demand", "main"],
    "panel.js": ["dom", "style", "panel", "panel-alone"],
    "tag.js": [*CORE, "style", "panel", "mount", "main"],
    "inline.js": ["inline"],
    "bar.css": ["first", "bar"],
    "card.css": ["first", "card"],
    "center.css": ["first", "center"],
    "page.css": ["page"],
}
COPIED = ["cookie-consent.d.ts"]


class Minify(Filter):  # type: ignore[misc]  # webassets has no types
    """Minifies JavaScript or CSS with tdewolff-minify."""

    max_debug_level = None

    def __init__(self, mimetype: str) -> None:
        super().__init__()
        self.mimetype = mimetype

    def unique(self) -> str:
        return self.mimetype

    def output(self, _in: TextIO, out: TextIO, **kwargs: object) -> None:
        out.write(minify.string(self.mimetype, _in.read()))


class Enclose(Filter):  # type: ignore[misc]
    """Puts the modules into one function, so that their names are nobody else's."""

    name = "enclose"
    max_debug_level = None

    def output(self, _in: TextIO, out: TextIO, **kwargs: object) -> None:
        code = _in.read()
        parameters = [name for name in PARAMETERS if re.search(rf"\b{name}\b", code)]
        out.write(f"(({', '.join(parameters)}) => {{\n{code}\n}})({CONFIG if parameters else ''});")


def build_bundles(target: Path) -> None:
    """Writes every bundle of :data:`BUNDLES` into the folder ``target``."""
    with tempfile.TemporaryDirectory() as work:
        env = Environment(directory=work, url="/", load_path=[str(SOURCES)], cache=False)
        env.manifest = None
        env.config["updater"] = None
        for name, modules in BUNDLES.items():
            kind = name.rpartition(".")[2]
            minifier = Minify("application/javascript" if kind == "js" else "text/css")
            filters = [Enclose(), minifier] if "dom" in modules else [minifier]
            sources = [f"{kind}/{module}.{kind}" for module in modules]
            env.register(name, Bundle(*sources, filters=filters, output=name)).build(force=True)
            shutil.copyfile(Path(work, name), target / name)
    for name in COPIED:
        shutil.copyfile(SOURCES / name, target / name)


def build_catalogues(target: Path) -> None:
    """Compiles every ``.po`` below :data:`LOCALE` into the same place below ``target``."""
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        with source.open("rb") as po:
            catalogue = read_po(po)
        compiled = target / source.relative_to(LOCALE).with_suffix(".mo")
        compiled.parent.mkdir(parents=True, exist_ok=True)
        buffer = io.BytesIO()
        write_mo(buffer, catalogue)
        compiled.write_bytes(buffer.getvalue())


def stale(fresh: Path, committed: Path) -> list[str]:
    """The files below ``fresh`` that ``committed`` has not, or has with other bytes."""
    return [
        str(path.relative_to(fresh))
        for path in sorted(fresh.rglob("*"))
        if path.is_file()
        and not (
            (twin := committed / path.relative_to(fresh)).is_file()
            and twin.read_bytes() == path.read_bytes()
        )
    ]


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, fail if stale")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        static, locale = Path(scratch, "static"), Path(scratch, "locale")
        static.mkdir()
        locale.mkdir()
        build_bundles(static)
        build_catalogues(locale)
        changed = [f"static/{name}" for name in stale(static, STATIC)]
        changed += [f"{LOCALE.relative_to(ROOT)}/{name}" for name in stale(locale, LOCALE)]
        surplus = [
            path
            for path in STATIC.glob("*")
            if path.is_file() and not (static / path.name).exists()
        ]
        changed += [f"static/{path.name} (no source)" for path in surplus]
        if options.check:
            for name in changed:
                print(f"stale: {name}; run `make build` and commit the result", file=sys.stderr)
            return 1 if changed else 0
        shutil.copytree(static, STATIC, dirs_exist_ok=True)
        shutil.copytree(locale, LOCALE, dirs_exist_ok=True)
        for path in surplus:
            path.unlink()
        for name in changed:
            print(f"built {name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
