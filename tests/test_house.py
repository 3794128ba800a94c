"""The floors of the package: what imports what (CONTRIBUTING.md, "The house")."""

from __future__ import annotations

from graphlib import TopologicalSorter

import grimp

from tools import house


def test_nothing_is_imported_from_a_floor_above() -> None:
    assert house.upward(house.imports()) == []


def test_nothing_is_imported_in_a_circle() -> None:
    list(TopologicalSorter(house.imports()).static_order())


def test_the_ground_floor_needs_no_framework_and_no_database() -> None:
    graph = grimp.build_graph(
        house.PACKAGE,
        cache_dir=None,
        include_external_packages=True,
        exclude_type_checking_imports=True,
    )
    found = {
        (importer, package)
        for package in ("flask", "werkzeug", "jinja2", "sqlalchemy")
        for importer in graph.find_modules_that_directly_import(package)
        if house.floors().get(importer.removeprefix(f"{house.PACKAGE}."), 1) == 0
    }
    assert not found


def test_the_picture_is_that_of_the_imports() -> None:
    stale = "docs/house.svg is stale; python -m tools.house"
    assert house.PICTURE.read_text("utf-8") == house.picture(), stale


def test_an_import_from_above_would_be_found() -> None:
    found = house.imports()
    assert found["extension"] > {"policy", "wsgi", "routes"}
    found["policy"].add("extension")
    assert house.upward(found) == ["policy (floor 1) imports extension (floor 4)"]
