"""The message catalogues: extracts, updates, checks and compiles them (Babel).

The texts in English stand in ``ui/messages.py``. ``flask_cookie_consent.pot`` lists them for
translators; a language is a ``<language>/LC_MESSAGES/flask_cookie_consent.po`` beside it.
A new one begins as a copy of the ``.pot``; ``python -m banner.build --extract`` does the rest.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from string import Formatter

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileParser, write_po

PACKAGE = Path(__file__).resolve().parent.parent / "server" / "flask_cookie_consent"
SOURCE = PACKAGE / "ui" / "messages.py"
LOCALE = PACKAGE / "i18n" / "locale"
TEMPLATE = "flask_cookie_consent.pot"

#: The functions that mark texts, with what their arguments are.
KEYWORDS = {"N_": None, "NP_": (1, 2)}

HEADER_COMMENT = """\
# Texts of flask-cookie-consent. What stands in {braces} is filled in: keep it as it is.
# Made from messages.py by `python -m banner.build --extract`."""


class Catalogue(Catalog):
    """A catalogue whose header holds what programs need and nothing that changes by itself
    (dates, versions), so that the same texts always make the same bytes."""

    def __iter__(self) -> Iterator[Message]:
        header = ["Content-Type: text/plain; charset=utf-8"]
        if self.locale_identifier:
            header += [f"Language: {self.locale_identifier}", f"Plural-Forms: {self.plural_forms}"]
        yield Message("", "".join(f"{line}\n" for line in header))
        yield from islice(super().__iter__(), 1, None)


def read(source: Path) -> Catalogue:
    """The catalogue in the file ``source``, whose folder says the language."""
    language = source.parent.parent.name
    catalogue = Catalogue(language)
    with source.open("rb") as po:
        PoFileParser(catalogue, abort_invalid=True).parse(po)
    catalogue.locale = language
    return catalogue


def written(catalogue: Catalogue) -> bytes:
    """``catalogue`` as a file: every text on one line, no line numbers."""
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=0, no_location=True, ignore_obsolete=True)
    return buffer.getvalue().rstrip() + b"\n"


def template() -> Catalogue:
    """The marked texts of :data:`SOURCE`, in their order."""
    catalogue = Catalogue()
    catalogue.header_comment = HEADER_COMMENT
    for _, text, _, _ in extract_from_file("python", SOURCE, KEYWORDS):
        catalogue.add(text)
    return catalogue


def sources(locale: Path = LOCALE) -> list[Path]:
    """The catalogues below ``locale``."""
    return sorted(locale.glob("*/LC_MESSAGES/*.po"))


def extracted(locale: Path = LOCALE) -> dict[Path, bytes]:
    """What of the template and the catalogues below ``locale`` is not up to date with
    :data:`SOURCE`, and what it should be. A text that was reworded keeps its translation,
    marked as fuzzy; the translation of one that is gone goes too."""
    marked = template()
    files = {locale / TEMPLATE: written(marked)}
    for source in sources(locale):
        catalogue = read(source)
        catalogue.update(marked)
        files[source] = written(catalogue)
    return {
        path: content
        for path, content in files.items()
        if not path.is_file() or path.read_bytes() != content
    }


def faults(source: Path) -> Iterator[str]:
    """What is wrong with the catalogue in the file ``source``: each text that is missing,
    fuzzy, obsolete, or has other placeholders than the English one."""
    catalogue = read(source)
    catalogue.update(template(), no_fuzzy_matching=True)
    for message in catalogue:
        if message.id and (fault := _fault(message, catalogue.num_plurals)):
            yield f"{fault}: {_tuple(message.id)[0]!r}"
    for message in catalogue.obsolete.values():
        yield f"obsolete: {_tuple(message.id)[0]!r}"


def _fault(message: Message, plurals: int) -> str:
    texts = _tuple(message.string)
    wanted = _placeholders(_tuple(message.id)[-1])
    if not all(texts) or len(texts) != (plurals if message.pluralizable else 1):
        return "missing"
    if message.fuzzy:
        return "fuzzy"
    if any(_placeholders(text) != wanted for text in texts):
        return "other placeholders"
    return ""


def _tuple(texts: object) -> tuple[str, ...]:
    return tuple(texts) if isinstance(texts, (tuple, list)) else (str(texts or ""),)


def _placeholders(text: str) -> set[str] | None:
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:  # a brace without its twin
        return None


def build_catalogues(target: Path) -> None:
    """Compiles every catalogue of :data:`LOCALE` into the same place below ``target``."""
    for source in sources():
        compiled = target / source.relative_to(LOCALE).with_suffix(".mo")
        compiled.parent.mkdir(parents=True, exist_ok=True)
        buffer = io.BytesIO()
        write_mo(buffer, read(source))
        compiled.write_bytes(buffer.getvalue())
