"""Scripts of modules: what keeps them from being put together, and how it is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from banner.build import BUNDLES, SCRIPTS, STAND_INS, read_modules
from banner.modules import faults, parameters, parameters_of, read_module, stripped

DECLARED = ["TOKENS", "STYLE"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a").mkdir()
    write(tmp_path, "config.d", "export declare const TOKENS: string[];", suffix="ts")
    write(tmp_path, "lib", "export const half = (n) => n / 2;")
    write(tmp_path, "a/way", 'import { half } from "../lib.js";', "export const send = half;")
    write(tmp_path, "a/other", "export const send = () => {};")
    write(
        tmp_path,
        "a/main",
        'import { TOKENS } from "#config";',
        'import { send } from "#way";',
        'import { half } from "../lib.js";',
        "",
        "send(half(TOKENS));",
    )
    return tmp_path


def write(folder: Path, name: str, *lines: str, suffix: str = "js") -> None:
    (folder / f"{name}.{suffix}").write_text("\n".join([*lines, ""]), "utf-8")


def found(folder: Path, *names: str) -> list[str]:
    bundles = {"one.js": names, "way.js": ["lib", "a/way"], "other.js": ["lib", "a/other"]}
    modules = {
        bundle: [read_module(folder, name) for name in parts] for bundle, parts in bundles.items()
    }
    return faults(modules, {"#way": ["a/way", "a/other"]}, DECLARED)


def test_modules_behind_what_they_import_can_be_put_together(folder):
    assert found(folder, "lib", "a/way", "a/main") == []
    assert found(folder, "lib", "a/way") == []


def test_a_module_before_what_it_imports_cannot(folder):
    """So there are no circles."""
    nowhere = "which stands nowhere before it in this bundle"
    assert found(folder, "a/main", "lib", "a/way") == [
        f"one.js: a/main.js imports send of #way, {nowhere}",
        f"one.js: a/main.js imports half of ../lib.js, {nowhere}",
    ]


def test_a_bundle_has_one_of_what_can_stand_for_a_name(folder):
    [line] = found(folder, "lib", "a/way", "a/other", "a/main")
    assert line.startswith("one.js: a/main.js imports send of #way, which stands nowhere")


def test_what_stands_for_the_same_name_exports_the_same(folder):
    write(folder, "a/other", "export const post = () => {};")
    assert "the modules for #way export different names" in found(folder, "lib", "a/way")[0]


def test_what_is_not_exported_cannot_be_imported(folder):
    write(folder, "lib", "const half = (n) => n / 2;", "export const twice = (n) => n * 2;")
    lines = found(folder, "lib", "a/way", "a/main")
    assert "one.js: a/main.js imports half of ../lib.js, which exports twice" in lines


def test_the_server_gives_only_what_is_declared(folder):
    write(folder, "a/main", 'import { LIFE } from "#config";')
    assert found(folder, "lib", "a/way", "a/main") == [
        "one.js: a/main.js imports LIFE of #config, which declares TOKENS, STYLE (config.d.ts)"
    ]


def test_no_name_is_defined_twice(folder):
    write(folder, "a/main", "const half = 1;", "let half = 2;")
    assert set(found(folder, "lib", "a/way", "a/main")) == {
        "half is defined in lib.js and in a/main.js"
    }
    write(folder, "a/main", "const mine = 1;", "let mine = 2;")
    assert "mine is defined in a/main.js and in a/main.js" in found(folder, "a/main")


@pytest.mark.parametrize(
    "line",
    [
        "import './lib.js';",
        "import * as lib from './lib.js';",
        'import half from "./lib.js";',
        "export default 1;",
        "export { half };",
        "export function half() {}",
    ],
)
def test_a_line_that_cannot_be_left_out_is_named(folder, line):
    write(folder, "a/main", line)
    [said] = found(folder, "lib", "a/way", "a/main")
    assert said.startswith(f"a/main.js: {line!r} cannot be left out; write an import as one line")


def test_a_dynamic_import_stays():
    code = 'import("./more.js");\nconst more = () => import(HERE);\n'
    assert stripped(code) == code


def test_parameters_come_in_the_order_in_which_they_are_declared(folder):
    write(folder, "a/main", 'import { STYLE, TOKENS } from "#config";')
    assert parameters_of([read_module(folder, "a/main")], DECLARED) == DECLARED
    assert parameters(folder) == ["TOKENS"]


def test_every_script_belongs_to_a_bundle_and_nothing_else_is_imported():
    bundles, declared = read_modules()
    used = {module.name for modules in bundles.values() for module in modules}
    assert used == {
        path.relative_to(SCRIPTS).with_suffix("").as_posix() for path in SCRIPTS.rglob("*.js")
    }
    assert set().union(*STAND_INS.values()) <= used
    taken = {name for modules in bundles.values() for name in parameters_of(modules, declared)}
    assert taken == set(declared)


@pytest.mark.parametrize("name", [name for name in BUNDLES if name.endswith(".js")])
def test_a_bundle_has_no_import_and_no_export_left(name):
    text = (SCRIPTS.parent.parent / "static" / name).read_text("utf-8")
    assert not re.search(r"\bimport\b(?!\()|\bexport\b", text)
