"""Texts of a policy, which a site may give in several languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

from markupsafe import Markup

from .languages import direction, served, shorter


class LazyText(Protocol):
    """A text whose words are looked up when they are read, in the locale of that moment, such as
    those of Flask-Babel's ``lazy_gettext``: an object that does what ``str`` does and is none."""

    def __len__(self) -> int: ...
    def __mod__(self, other: Any, /) -> Any: ...


#: A text for visitors: the same in every language (or translated by the site's catalogue), by
#: language tag (``{"en": "Maps", "fr": "Cartes"}``), or looked up when it is read.
Text: TypeAlias = str | Mapping[str, str] | LazyText

#: Gives a text in one language.
Say: TypeAlias = Callable[[Text], str]


class Wording(dict[str, str]):
    """One text by language. Policies hash, and so must what they are made of."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))


class Said(str):
    """A text in another language than the page it stands in, which markup has to say (WCAG 3.1.2).

    :param language: tag of the text's own language.
    :param page: tag of the page's.
    """

    language: str
    page: str

    def __new__(cls, text: str, language: str, page: str) -> Said:
        said = super().__new__(cls, text)
        said.language, said.page = language, page
        return said

    def __html__(self) -> str:
        way = direction(self.language)
        turned = Markup(f' dir="{way}"') if way != direction(self.page) else ""
        return Markup('<span lang="{}"{}>{}</span>').format(self.language, turned, str(self))

    def rstrip(self, chars: str | None = None, /) -> Said:
        return Said(super().rstrip(chars), self.language, self.page)


def keep_wording(thing: object, *fields: str) -> None:
    """In a frozen ``thing``, replaces texts by language in ``fields`` by copies that can be hashed
    and that nobody else changes."""
    for field in fields:
        value: object = getattr(thing, field)
        if isinstance(value, (Mapping, tuple)):
            object.__setattr__(thing, field, _frozen(value))


def _frozen(value: object) -> object:
    if isinstance(value, Mapping):
        return Wording(value)
    return tuple(map(_frozen, value)) if isinstance(value, tuple) else value


def is_lazy(value: object) -> bool:
    """Whether ``value`` is a :class:`LazyText`. Its words are not looked at."""
    kind = type(value)
    return (
        not isinstance(value, (str, bytes, bytearray, Mapping))
        and hasattr(kind, "__len__")
        and hasattr(kind, "__mod__")
    )


def is_several(value: object) -> bool:
    """Whether ``value`` is a text by language, or a lazy one."""
    return isinstance(value, Mapping) or is_lazy(value)


def is_blank(text: Text | None) -> bool:
    """Whether nothing is said. (What a lazy text says is known only when it is read.)"""
    return text is None or (isinstance(text, (str, Mapping)) and not text)


def choose(texts: Mapping[str, str], language: str, default: str) -> str:
    """The text for pages in ``language``: in the language itself, else in what its tag begins with
    (``pt`` for ``pt-BR``), else in ``default``, else the first one.

    A :class:`Said` where it is in another language than the page.
    """
    tags = {served(tag): tag for tag in texts}
    page = served(language)
    for tag in shorter(page):
        if tag in tags:
            return texts[tags[tag]]
    tag = tags.get(served(default)) or next(iter(texts))
    return Said(texts[tag], tag.replace("_", "-"), page)


def speaker(language: str, default: str) -> Say:
    """What gives texts in ``language``. Lazy ones come in the locale of the moment.

    :param default: the language of a policy, for texts that have no other.
    """

    def say(text: Text) -> str:
        if isinstance(text, str):
            return text
        return choose(text, language, default) if isinstance(text, Mapping) else str(text)

    return say
