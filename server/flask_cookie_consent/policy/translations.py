"""What is wrong with texts that a policy gives in several languages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..i18n.languages import languages, nearest, served
from .durations import Duration
from .faults import FILLED, LANGUAGE, Fault, is_filled, show

#: What visitors read of each kind of thing, and may read in their own language.
POLICY_TEXTS = ("controller", "contact")
CATEGORY_TEXTS = ("title", "description")
SERVICE_TEXTS = ("name", "provider", "function", "location", "purpose", "countries")
EXEMPTION_TEXTS = ("reason",)
COOKIE_TEXTS = ("purpose", "duration")


def wording_faults(
    thing: object, path: str, fields: Iterable[str], language: object
) -> Iterator[Fault]:
    """The faults of texts by language in ``fields`` of ``thing``.

    :param language: the policy's, in which each of them has to be.
    """
    for field in fields:
        value = getattr(thing, field)
        for place, text in _places(field, value):
            if isinstance(text, Mapping):
                yield from _languages_faults(text, path, place, language)


def _places(field: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, tuple):
        yield from ((f"{field}[{number}]", element) for number, element in enumerate(value))
    else:
        yield field, value.text if isinstance(value, Duration) else value


def _languages_faults(
    texts: Mapping[object, object], path: str, place: str, own: object
) -> Iterator[Fault]:
    taken: dict[str, object] = {}
    own = served(own) if isinstance(own, str) and LANGUAGE.holds(own) else None
    for tag, text in texts.items():
        if not is_filled(text):
            yield Fault(path, f"{place}[{tag!r}]", show(text), FILLED.allowed)
        if not isinstance(tag, str) or not LANGUAGE.holds(tag):
            yield Fault(path, place, f"the language {show(tag)}", LANGUAGE.allowed)
            continue
        page = served(tag)
        if page != own and nearest(tag) is None:
            yield Fault(path, place, f"the language {tag!r}", f"one of: {', '.join(languages())}")
        elif page in taken:
            found = f"the language {tag!r}, whose pages have the text in {taken[page]!r} too"
            yield Fault(path, place, found, "one text for each language that there are pages in")
        taken[page] = tag
    if own is not None and own not in taken:
        found = f"no text in the policy's own language {own!r}"
        yield Fault(
            path, place, found, "one in that language, for whoever reads none of the others"
        )


def is_in_languages(texts: object, own: object) -> bool:
    """Whether ``texts`` is a text by language without a fault."""
    return isinstance(texts, Mapping) and not any(_languages_faults(texts, "", "", own))
