"""Translators' files are up to date and whole, and what is wrong with one is found (I1, L2)."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from banner import catalogues
from flask_cookie_consent.ui.messages import DECLARED, MESSAGES, PLURALS

NAME = "flask_cookie_consent"


def test_every_text_is_marked_for_translators_and_nothing_else() -> None:
    marked = [message.id for message in catalogues.template() if message.id]
    expected = {*MESSAGES.values(), *DECLARED, *PLURALS.values()}
    assert set(marked) == expected
    assert marked[0] == MESSAGES["title"]


def test_the_catalogues_are_up_to_date_and_complete() -> None:
    assert not catalogues.extracted()
    for source in catalogues.sources():
        assert list(catalogues.faults(source)) == []


def test_what_is_compiled_is_what_the_sources_say(tmp_path: Path) -> None:
    catalogues.build_catalogues(tmp_path)
    built = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.mo")}
    shipped = catalogues.LOCALE.rglob("*.mo")
    assert built == {path.relative_to(catalogues.LOCALE): path.read_bytes() for path in shipped}


@pytest.fixture
def french(tmp_path: Path) -> Callable[[str, str], Path]:
    """A function that copies the French catalogue with one thing put in another's place."""
    path = tmp_path / "fr" / "LC_MESSAGES" / f"{NAME}.po"
    path.parent.mkdir(parents=True)
    shutil.copy(catalogues.LOCALE / catalogues.TEMPLATE, tmp_path)
    original = (catalogues.LOCALE / path.relative_to(tmp_path)).read_text("utf-8")

    def changed(old: str, new: str) -> Path:
        assert original.count(old) == 1
        path.write_text(original.replace(old, new), "utf-8")
        return path

    return changed


ACCEPT = 'msgid "Accept all"\nmsgstr "Tout accepter"\n'


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (ACCEPT, "", ["missing: 'Accept all'"]),
        ('"Tout accepter"', '""', ["missing: 'Accept all'"]),
        ('"{n} ans"', '""', ["missing: '{n} year'"]),
        (ACCEPT, f"#, fuzzy\n{ACCEPT}", ["fuzzy: 'Accept all'"]),
        (ACCEPT, f'{ACCEPT}\nmsgid "Old"\nmsgstr "Vieux"\n', ["obsolete: 'Old'"]),
        (ACCEPT, f'{ACCEPT}\n#~ msgid "Old"\n#~ msgstr "Vieux"\n', ["obsolete: 'Old'"]),
        ("Tiers\u202f: {names}", "{noms}", ["other placeholders: 'Third parties: {names}.'"]),
        ("Contact\u202f: {contact}", "{", ["other placeholders: 'Contact: {contact}'"]),
        ('"{n} an"', '"un an"', ["other placeholders: '{n} year'"]),
    ],
)
def test_what_a_catalogue_lacks_is_found(
    french: Callable[[str, str], Path], old: str, new: str, found: list[str]
) -> None:
    assert list(catalogues.faults(french(old, new))) == found


def test_a_reworded_text_keeps_its_translation_for_review(
    french: Callable[[str, str], Path], tmp_path: Path
) -> None:
    path = french('msgid "Accept all"', 'msgid "Accept it all"')
    path.write_bytes(catalogues.extracted(tmp_path)[path])
    assert f"#, fuzzy\n{ACCEPT}" in path.read_text("utf-8")
    assert list(catalogues.faults(path)) == ["fuzzy: 'Accept all'"]
    assert not catalogues.extracted(tmp_path)


def test_a_new_language_begins_as_a_copy_of_the_template(tmp_path: Path) -> None:
    path = tmp_path / "ar" / "LC_MESSAGES" / f"{NAME}.po"
    path.parent.mkdir(parents=True)
    shutil.copy(catalogues.LOCALE / catalogues.TEMPLATE, path)
    path.write_bytes(catalogues.extracted(tmp_path)[path])
    text = path.read_text("utf-8")
    assert '"Language: ar\\n"' in text
    assert "nplurals=6;" in text
    assert "fuzzy" not in text
    assert text.count("msgstr[5]") == len(PLURALS)
    assert len(list(catalogues.faults(path))) == text.count("\nmsgid ") - 1


def test_the_files_say_nothing_of_where_or_when_they_were_made() -> None:
    for path in (catalogues.LOCALE / catalogues.TEMPLATE, *catalogues.sources()):
        text = path.read_text("utf-8")
        assert not re.search(r"^#: |-Date:|Babel|\b20\d\d-", text, re.MULTILINE)
