"""Language tags: which languages there are catalogues for, and which one serves a visitor best."""

from __future__ import annotations

import gettext
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

DOMAIN = "flask_cookie_consent"
LOCALE_DIR = Path(__file__).parent / "locale"
SOURCE_LANGUAGE = "en"

#: Languages that are written from right to left.
RTL_LANGUAGES = frozenset({"ar", "fa", "he", "ur", "yi", "ps", "sd", "ug", "dv"})

#: Tags that browsers and sites use, and the catalogue that serves them: Chinese by the script of
#: the region, Norwegian and Serbian by the form that has a catalogue (CLDR's likely subtags), and
#: codes from before 1989.
ALIASES = {
    "zh": "zh-hans",
    "zh-cn": "zh-hans",
    "zh-sg": "zh-hans",
    "zh-tw": "zh-hant",
    "zh-hk": "zh-hant",
    "zh-mo": "zh-hant",
    "no": "nb",
    "nn": "nb",
    "iw": "he",
    "in": "id",
}


@cache
def languages() -> tuple[str, ...]:
    """The languages there are catalogues for, as BCP 47 tags."""
    found = {path.parent.parent.name for path in LOCALE_DIR.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")}
    return tuple(sorted({SOURCE_LANGUAGE, *(name.replace("_", "-") for name in found)}))


@lru_cache(256)  # bounded: the tags come from visitors
def nearest(language: str) -> str | None:
    """The language of ours that serves ``language`` best, or ``None``.

    ``pt-BR`` is served by ``pt-BR``, else by ``pt``, else not at all; languages that browsers
    know by another name (:data:`ALIASES`) by what stands there.
    """
    if len(language) > 35:  # the longest tag that RFC 5646 asks software to take
        return None
    ours = {name.lower(): name for name in languages()}
    wanted = language.replace("_", "-").lower()
    while wanted:
        known = ours.get(ALIASES.get(wanted, wanted))
        if known is not None:
            return known
        wanted = wanted.rpartition("-")[0]
    return None


def negotiate(accept_language: Iterable[str]) -> str | None:
    """The first of the visitor's languages, in their order, that we have."""
    return next((found for tag in accept_language if (found := nearest(tag))), None)


def served(language: str) -> str:
    """The language of the pages on which a text in ``language`` is shown: the nearest one of ours,
    or for a language without a catalogue the tag itself."""
    return nearest(language) or language.replace("_", "-").lower()


def direction(language: str) -> str:
    """``"rtl"`` or ``"ltr"``: the way ``language`` is written."""
    return "rtl" if language.partition("-")[0] in RTL_LANGUAGES else "ltr"


def shorter(language: str) -> list[str]:
    """``language`` and the tags that it begins with, longest first: pt-BR, pt."""
    parts = language.split("-")
    return ["-".join(parts[:end]) for end in range(len(parts), 0, -1)]


def load(language: str) -> gettext.NullTranslations:
    """Our catalogue for a language of :func:`languages`, made anew."""
    return gettext.translation(
        DOMAIN, LOCALE_DIR, [language.replace("-", "_")], fallback=language == SOURCE_LANGUAGE
    )


catalogue = cache(load)
