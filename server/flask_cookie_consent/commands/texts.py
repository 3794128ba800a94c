"""``flask consent texts``: what a translator gets, and what is not translated yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TextIO

import click
from flask.cli import AppGroup

from ..i18n import languages
from ..i18n.languages import nearest, served, shorter
from ..i18n.text import is_blank
from ..policy import Cookie, Policy, Text
from ..policy.translations import (
    CATEGORY_TEXTS,
    COOKIE_TEXTS,
    EXEMPTION_TEXTS,
    POLICY_TEXTS,
    SERVICE_TEXTS,
)
from ..site import Site
from ..ui.messages import DECLARED, MESSAGES, PLURALS, Overrides
from ..ui.site_texts import Absent
from .site import site_here

#: Fields that hold names. A plain one may be the same in every language ("Matomo").
NAMES = frozenset({"controller", "contact", "provider", "countries", "name"})


class Place(NamedTuple):
    """A text of a policy, and where it stands."""

    text: Text
    thing: str
    field: str

    def __str__(self) -> str:
        return f"{self.thing}: {self.field}"


def places(policy: Policy) -> Iterator[Place]:
    """The texts that a policy has for its visitors, but those that the package declares."""
    yield from _of("policy", policy, POLICY_TEXTS)
    for category in policy.categories:
        yield from _of(f"category {category.id}", category, CATEGORY_TEXTS)
    for service in policy.services:
        thing = f"service {service.id}"
        yield from _of(thing, service, SERVICE_TEXTS)
        if service.exempt is not None:
            yield from _of(f"{thing} exempt", service.exempt, EXEMPTION_TEXTS)
        for cookie in service.cookies:
            yield from _of(f"{thing} cookie {cookie.name}", cookie, COOKIE_TEXTS)


def _of(thing: str, of: object, fields: Iterable[str]) -> Iterator[Place]:
    for field in fields:
        value = getattr(of, field)
        if isinstance(of, Cookie) and field == "duration":
            value = of.lifetime.text  # empty where a length was understood: CLDR has the words
        for text in value if isinstance(value, tuple) else (value,):
            if not is_blank(text) and not (isinstance(text, str) and text in DECLARED):
                yield Place(text, thing, field)


# -- For translators --------------------------------------------------------------------------


def template(policy: Policy) -> str:
    """The plain texts of a policy as a gettext template (POT), each once, with where it stands."""
    found: dict[str, list[Place]] = {}
    for place in places(policy):
        if isinstance(place.text, str):
            found.setdefault(place.text, []).append(place)
    header = '"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
    entries = [f'msgid ""\nmsgstr ""\n{header}']
    for text, where in found.items():
        comments = "".join(f"#. {place}\n" for place in where)
        entries.append(f'{comments}msgid {quoted(text)}\nmsgstr ""\n')
    return "\n".join(entries)


def quoted(text: str) -> str:
    """``text`` as gettext writes it. (Characters that mean nothing to it stand as they are.)"""
    for character, escape in (
        ("\\", "\\\\"),
        ('"', '\\"'),
        ("\n", "\\n"),
        ("\r", "\\r"),
        ("\t", "\\t"),
    ):
        text = text.replace(character, escape)
    return f'"{text}"'


# -- What is missing --------------------------------------------------------------------------


def languages_of(site: Site) -> list[str]:
    """The languages that a site seems to have: those of its policy, of its own wording and of its
    catalogues."""
    policy = site.policy
    tags = {policy.language, *site.site_texts.catalogues}
    tags.update(key for key, value in site.overrides.items() if not isinstance(value, str))
    for text, _, _ in places(policy):
        if isinstance(text, Mapping):
            tags.update(text)
    return sorted(set(map(served, tags)))


def missing(site: Site, language: str) -> Iterator[str]:
    """What pages in ``language`` have in another one, in words.

    :param language: one of ours, or the policy's.
    """
    for place in places(site.policy):
        if (fault := _missing(site, place, language)) is not None:
            yield f"{place}: {fault}"
    if not _serves([site.policy.language], language):
        yield from _not_overridden(site.overrides, language)
    if nearest(language) is None:
        yield "our own texts: there is no catalogue; they are in English"
    else:
        yield from (f"our own text {text!r}: not translated" for text in untranslated(language))


def _serves(tags: Iterable[str], language: str) -> bool:
    return not set(shorter(language)).isdisjoint(map(served, tags))


def _missing(site: Site, place: Place, language: str) -> str | None:
    text, policy, texts = place.text, site.policy, site.site_texts
    if isinstance(text, Mapping):
        return None if _serves(text, language) else f"no text, only in {', '.join(text)}"
    if not isinstance(text, str):
        return None if texts.read(text, language).strip() else "its lazy text is empty"
    if place.field in NAMES or _serves([policy.language], language):
        return None
    return f"not translated: {text!r}" if texts.translation(text, language) is None else None


def _not_overridden(overrides: Overrides, language: str) -> Iterator[str]:
    own = {
        key
        for tag, texts in overrides.items()
        if not isinstance(texts, str) and _serves([tag], language)
        for key in texts
    }
    for key, text in overrides.items():
        if isinstance(text, str) and key not in own:
            yield f"texts: {key}: for every language, and for this one nothing else: {text!r}"


def untranslated(language: str) -> list[str]:
    """The texts of the package that have no translation in a language of ours."""
    if language == languages.SOURCE_LANGUAGE:
        return []
    catalogue = languages.load(language)  # one of its own: the fallback is for this use
    catalogue.add_fallback(Absent())
    texts = [
        text for text in (*MESSAGES.values(), *sorted(DECLARED)) if not catalogue.gettext(text)
    ]
    return texts + [one for one, many in PLURALS.values() if not catalogue.ngettext(one, many, 1)]


# -- At a terminal ----------------------------------------------------------------------------


@click.group("texts", cls=AppGroup, help="The policy's texts: for translators, and what they lack.")
def texts() -> None:
    pass


@texts.command("extract")
@click.option(
    "--out", type=click.File("w", "utf-8"), default="-", help="A file; else standard output."
)
def extract(out: TextIO) -> None:
    """A gettext template (POT) of the texts that the policy has in one language."""
    out.write(template(site_here().policy))


@texts.command("missing")
@click.option("--language", "tags", multiple=True, help="A language tag; by default all.")
@click.pass_context
def missing_(context: click.Context, tags: tuple[str, ...]) -> None:
    """What is not translated, by language; the exit status is 1 if there is anything."""
    site = site_here()
    own = served(site.policy.language)
    for tag in tags:
        if nearest(tag) is None and served(tag) != own:
            known = ", ".join(languages.languages())
            raise click.UsageError(f"--language {tag}: the languages are: {known}")
    pages = list(dict.fromkeys(map(served, tags))) or languages_of(site)
    lines = [f"{page}: {line}" for page in pages for line in missing(site, page)]
    for line in lines:
        click.echo(line)
    if lines:
        context.exit(1)
    click.echo(f"nothing is missing in {', '.join(pages)}")
