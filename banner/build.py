"""Builds ``static/`` from ``banner/`` (webassets), and the message catalogues and formats (Babel).

    python -m banner.build            # writes what changed
    python -m banner.build --check    # fails if anything committed is stale or untranslated
    python -m banner.build --extract  # takes new texts into the catalogues first

Needs no npm: the minifier is a wheel, pinned exactly, since the bytes it makes are committed.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TextIO

import minify
from webassets import Bundle, Environment
from webassets.filter import Filter

from flask_cookie_consent.ui.look import PLACEMENTS, THEMES

from .catalogues import LOCALE, build_catalogues, extracted, faults, sources
from .cldr import COUNTRIES, build_cldr, build_countries
from .cldr import FILE as CLDR
from .modules import Module, parameters, parameters_of, read_module, stripped
from .modules import faults as faults_of_modules
from .sheets import NAME as LOOK
from .sheets import describe

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "banner"
SCRIPTS = SOURCES / "js"
STATIC = ROOT / "static"

#: A page carries the sheets of the placement and the theme that its site has chosen.
OWN_SHEETS = tuple(theme for theme in THEMES if theme != "plain")  # which adds nothing

#: What every page needs. Of the orders in which each module stands behind what it imports, the one
#: that compresses best.
CODEC = ["core/choice", "core/rules", "lib/dom", "core/release"]
CORE = ["core/cookie", "core/report", "core/layer", "core/consent", "core/start"]
BUNDLES = {
    "core.js": [*CODEC, "page/transport", *CORE, "page/main"],
    "more.js": [
        "lib/dom",
        "lib/style",
        "lib/style-anywhere",
        "demand/page",
        "demand/reload",
        "demand/signal",
        "demand/language",
        "demand/panel",
        "demand/clean",
        "demand/main",
    ],
    "tag.js": [
        *CODEC,
        "core/cookie",
        "tag/transport",
        *CORE[1:],
        "lib/style",
        "lib/place",
        "tag/main",
    ],
    "inline.js": ["lib/place", "page/inline"],
    "first.css": ["first"],
    **{f"place-{name}.css": [f"place/{name}"] for name in PLACEMENTS},
    **{f"theme-{name}.css": [f"theme/{name}"] for name in OWN_SHEETS},
    "reopen.css": ["reopen"],
    "page.css": ["page"],
    "embed.js": ["lib/dom", "lib/style", "lib/style-anywhere", "embed/embed"],
    "embed.css": ["embed"],
    **{f"page-{name}.css": [f"page-theme/{name}"] for name in OWN_SHEETS},
    **{f"embed-{name}.css": [f"embed-theme/{name}"] for name in OWN_SHEETS},
    "measure.js": ["tools/color", "tools/measure"],  # no page of a site carries it
}

#: Scripts that run as a page loads, and call most of their functions then.
AT_LOAD = ("core.js", "tag.js")

#: What modules import by another name, and what stands for it in one bundle or another.
STAND_INS = {"#transport": ["page/transport", "tag/transport"]}
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


class Hint(Filter):  # type: ignore[misc]
    """Has Chromium compile the whole file while it streams, not each function at its first call.

    Most of a first visit's script time was the latter. A magic comment of V8 (explicit compile
    hints, Chrome 136); to other browsers it is a comment.
    """

    max_debug_level = None

    def output(self, _in: TextIO, out: TextIO, **kwargs: object) -> None:
        out.write("//# allFunctionsCalledOnLoad\n" + _in.read())


class Enclose(Filter):  # type: ignore[misc]
    """Puts modules into one function, so that their names are nobody else's.

    It is called with a placeholder for each parameter, ``__NAME__``, in whose place the server
    puts a value.
    """

    max_debug_level = None

    def __init__(self, parameters: list[str]) -> None:
        super().__init__()
        self.parameters = parameters

    def unique(self) -> str:
        return ",".join(self.parameters)

    def input(self, _in: TextIO, out: TextIO, **kwargs: object) -> None:
        out.write(stripped(_in.read()))

    def output(self, _in: TextIO, out: TextIO, **kwargs: object) -> None:
        values = ", ".join(f"__{name}__" for name in self.parameters)
        out.write(f"(({', '.join(self.parameters)}) => {{\n{_in.read()}\n}})({values});")


def read_modules() -> tuple[dict[str, list[Module]], list[str]]:
    """The modules of each script, and the names that the server has values for.

    :raises SystemExit: they cannot be put together; the message says why.
    """
    declared = parameters(SCRIPTS)
    bundles = {
        bundle: [read_module(SCRIPTS, name) for name in names]
        for bundle, names in BUNDLES.items()
        if bundle.endswith(".js")
    }
    if lines := faults_of_modules(bundles, STAND_INS, declared):
        raise SystemExit("\n".join(lines))
    return bundles, declared


def build_bundles(target: Path) -> None:
    """Writes every bundle of :data:`BUNDLES` into the folder ``target``."""
    with tempfile.TemporaryDirectory() as work:
        env = Environment(directory=work, url="/", load_path=[str(SOURCES)], cache=False)
        env.manifest = None
        env.config["updater"] = None
        scripts, declared = read_modules()
        for name, parts in BUNDLES.items():
            kind = name.rpartition(".")[2]
            filters: list[Filter] = [
                Minify("application/javascript" if kind == "js" else "text/css")
            ]
            if kind == "js":
                filters.insert(0, Enclose(parameters_of(scripts[name], declared)))
            if name in AT_LOAD:
                filters.append(Hint())
            sources = [f"{kind}/{part}.{kind}" for part in parts]
            env.register(name, Bundle(*sources, filters=filters, output=name)).build(force=True)
            shutil.copyfile(Path(work, name), target / name)
    (target / LOOK).write_text(describe(target, OWN_SHEETS), "utf-8")
    for name in COPIED:
        shutil.copyfile(SOURCES / name, target / name)


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


def untranslated() -> list[str]:
    """What is wrong with the catalogues' sources, as lines for people."""
    lines = [
        f"stale: {path.relative_to(ROOT)}; run `python -m banner.build --extract`"
        for path in extracted()
    ]
    for source in sources():
        lines += [f"{source.relative_to(ROOT)}: {fault}" for fault in faults(source)]
    return lines


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="write nothing, fail if stale")
    mode.add_argument("--extract", action="store_true", help="update the catalogues first")
    options = parser.parse_args(arguments)
    if options.extract:
        for path, content in extracted().items():
            path.write_bytes(content)
            print(f"wrote {path.relative_to(ROOT)}")
    with tempfile.TemporaryDirectory() as scratch:
        static, locale = Path(scratch, "static"), Path(scratch, "locale")
        static.mkdir()
        locale.mkdir()
        build_bundles(static)
        build_catalogues(locale)
        (locale / CLDR.name).write_bytes(build_cldr())
        (locale / COUNTRIES.name).write_bytes(build_countries())
        changed = [f"static/{name}" for name in stale(static, STATIC)]
        changed += [f"{LOCALE.relative_to(ROOT)}/{name}" for name in stale(locale, LOCALE)]
        surplus = [path for path in STATIC.glob("*") if path.is_file()]
        surplus = [path for path in surplus if not (static / path.name).exists()]
        surplus += [path for path in LOCALE.rglob("*.mo") if not path.with_suffix(".po").exists()]
        changed += [f"{path.relative_to(ROOT)} (no source)" for path in surplus]
        if options.check:
            problems = [f"stale: {name}; run `make build` and commit it" for name in changed]
            problems += untranslated()
            for problem in problems:
                print(problem, file=sys.stderr)
            return 1 if problems else 0
        shutil.copytree(static, STATIC, dirs_exist_ok=True)
        shutil.copytree(locale, LOCALE, dirs_exist_ok=True)
        for path in surplus:
            path.unlink()
        for name in changed:
            print(f"built {name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
