"""JavaScript modules, as ``banner/js/`` has them, and what makes one script of several.

Each file says by ``import`` what it needs and by ``export`` what it gives, so that editors and type
checkers follow every name. A bundle puts whole modules one after the other into one function and
leaves those lines out: that costs no byte, and nothing has to run to make it. It works because

- each import is one line, ``import { one, other } from "./file.js";``, of a module that stands
  before in the bundle (so that there are no circles);
- each export is the word in front of a definition;
- no name is defined twice at the top of modules.

:func:`faults` holds the sources to this.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from posixpath import dirname, join, normpath

#: Where a module imports what the server knows from.
CONFIG = "#config"

_IMPORT = re.compile(r'^import \{ ([\w$, ]+) \} from "([^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:const|let) )", re.MULTILINE)
_DEFINED = re.compile(r"^(export )?(?:const|let) ([\w$]+)", re.MULTILINE)
_OTHER = re.compile(r"^(?:import|export)\b(?! *\().*", re.MULTILINE)
_PARAMETER = re.compile(r"^export declare const (\w+):", re.MULTILINE)


@dataclass(frozen=True)
class Module:
    """One file below ``banner/js``.

    :param name: its path there, without the ending.
    :param code: its text without ``import`` and ``export``.
    :param imports: what it names of other modules: where from, and what.
    :param exports: the names it gives.
    :param defined: all names at its top.
    :param others: lines that begin like an import or an export, and are none that can be left out.
    """

    name: str
    code: str
    imports: Sequence[tuple[str, str]]
    exports: frozenset[str]
    defined: Sequence[str]
    others: Sequence[str]


def read_module(folder: Path, name: str) -> Module:
    """The module ``name`` of ``folder``.

    :raises FileNotFoundError: there is none.
    """
    text = (folder / f"{name}.js").read_text("utf-8")
    defined = [(bool(match[1]), match[2]) for match in _DEFINED.finditer(text)]
    code = stripped(text)
    return Module(
        name=name,
        code=code,
        imports=[
            (match[2], imported)
            for match in _IMPORT.finditer(text)
            for imported in match[1].split(", ")
        ],
        exports=frozenset(word for exported, word in defined if exported),
        defined=[word for _, word in defined],
        others=_OTHER.findall(code),
    )


def stripped(text: str) -> str:
    """A module's text without its ``import`` lines and the word ``export``."""
    return _EXPORT.sub("", _IMPORT.sub("", text))


def parameters(folder: Path) -> list[str]:
    """The names that ``config.d.ts`` declares, in its order."""
    return _PARAMETER.findall((folder / "config.d.ts").read_text("utf-8"))


def parameters_of(modules: Iterable[Module], declared: Sequence[str]) -> list[str]:
    """What ``modules`` import of :data:`CONFIG`, in the order in which it is declared."""
    used = {name for module in modules for source, name in module.imports if source == CONFIG}
    return [name for name in declared if name in used]


def faults(
    bundles: Mapping[str, Sequence[Module]],
    stand_ins: Mapping[str, Sequence[str]],
    declared: Sequence[str],
) -> list[str]:
    """What keeps modules from being put together, as lines for people.

    :param bundles: the modules of each bundle, in its order.
    :param stand_ins: import names such as ``#transport`` with the modules that can stand for each:
        a bundle has one of them. They export the same.
    :param declared: the names of :data:`CONFIG`.
    """
    modules = {module.name: module for bundle in bundles.values() for module in bundle}
    lines = [
        f"{module.name}.js: {line!r} cannot be left out; write an import as one line, "
        'import { name } from "./file.js"; and an export in front of const or let'
        for module in modules.values()
        for line in module.others
    ]
    lines += _defined_twice(modules.values(), stand_ins)
    for word, names in stand_ins.items():
        exports = {name: sorted(modules[name].exports) for name in names}
        if len({tuple(names) for names in exports.values()}) > 1:
            lines.append(f"the modules for {word} export different names: {exports}")
    for bundle, ordered in bundles.items():
        for place, module in enumerate(ordered):
            before = {other.name: other for other in ordered[:place]}
            for fault in _wrong_imports(module, before, stand_ins, declared):
                lines.append(f"{bundle}: {module.name}.js imports {fault}")
    return lines


def _wrong_imports(
    module: Module,
    before: Mapping[str, Module],
    stand_ins: Mapping[str, Sequence[str]],
    declared: Sequence[str],
) -> Iterator[str]:
    for source, name in module.imports:
        if source == CONFIG:
            if name not in declared:
                yield f"{name} of {CONFIG}, which declares {', '.join(declared)} (config.d.ts)"
            continue
        path = normpath(join(dirname(module.name), source.removesuffix(".js")))
        found = [before[one] for one in stand_ins.get(source, [path]) if one in before]
        if len(found) != 1:
            yield f"{name} of {source}, which stands nowhere before it in this bundle"
        elif name not in found[0].exports:
            exports = ", ".join(sorted(found[0].exports)) or "nothing"
            yield f"{name} of {source}, which exports {exports}"


def _defined_twice(
    modules: Iterable[Module], stand_ins: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    word_of = {name: word for word, names in stand_ins.items() for name in names}
    seen: dict[str, Module] = {}
    for module in modules:
        for name in module.defined:
            other = seen.setdefault(name, module)
            same = other is not module and word_of.get(module.name, "") == word_of.get(other.name)
            if not same and (other is not module or module.defined.count(name) > 1):
                yield f"{name} is defined in {other.name}.js and in {module.name}.js"
