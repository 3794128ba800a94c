"""``flask consent texts``: what a translator gets, and what is not translated yet (I1)."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from click.testing import Result
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from flask_cookie_consent import Category, Cookie, Duration, Policy, Service, flask_session
from flask_cookie_consent.commands.texts import template, untranslated
from flask_cookie_consent.policy import STANDARD_CATEGORIES, Text
from flask_cookie_consent.ui import messages as our_texts
from tests.cli import run as command
from tests.policy.test_policy_texts import BOTH, Lazy, compiled, counter, in_locale
from tests.site import make_app, policy


def run(app: Flask, *arguments: str) -> Result:
    return command(app, "consent", "texts", *arguments)


def missing(*services: Service, arguments: tuple[str, ...] = (), **options: Any) -> list[str]:
    """The lines about what is missing; none where the command says that nothing is."""
    app = make_app(policy_=policy(services=services), **options)
    result = run(app, "missing", *arguments)
    lines = result.output.splitlines()
    if result.exit_code == 0:
        assert lines[0].startswith("nothing is missing in ")
        return []
    assert result.exit_code == 1
    return lines


def fields(text: Text, **more: Any) -> Service:
    """A service of one sentence."""
    cookie = Cookie("c", purpose=text, duration="1 year")
    return counter(cookies=[cookie], purpose="", **more)


# -- For translators ----------------------------------------------------------------------------


def site() -> Policy:
    return Policy(
        [
            flask_session(provider="Us"),
            fields("Counts visits", provider="Us", countries=["Atlantis"]),
            Service(BOTH, id="both", category="own", purpose=Lazy(), function="Counts visits"),
            Service(
                "Own words",
                category="own",
                cookies=[Cookie("d", purpose='a\tb\n"c\\', duration=Duration.free("depends"))],
            ),
        ],
        controller="Us",
        categories=[*STANDARD_CATEGORIES, Category("own", title="Ours")],
    )


def entries(pot: str) -> dict[str, list[str]]:
    """The texts of a template, with their comments."""
    catalogue = read_po(io.BytesIO(pot.encode()), abort_invalid=True)
    return {str(m.id): list(m.auto_comments) for m in catalogue if m.id}


def test_a_template_has_the_plain_texts_of_the_policy_each_once_with_its_places() -> None:
    assert entries(template(site())) == {
        "Us": [
            "policy: controller",
            "service session: provider",
            "service counter: provider",
            "service consent: provider",
        ],
        "Ours": ["category own: title"],
        "Counter": ["service counter: name"],
        "Atlantis": ["service counter: countries"],
        "Counts visits": ["service counter cookie c: purpose", "service both: function"],
        "Own words": ["service own-words: name"],
        'a\tb\n"c\\': ["service own-words cookie d: purpose"],
        "depends": ["service own-words cookie d: duration"],
    }


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_comes_through_a_template(text: str) -> None:
    if text.strip():
        assert text in entries(template(Policy([fields(text)], controller="Us")))


@pytest.mark.skipif(shutil.which("msgfmt") is None, reason="gettext is not installed")
def test_gettext_reads_a_template(tmp_path: Path) -> None:
    (tmp_path / "consent.pot").write_text(template(site()), "utf-8")
    command = ["msgfmt", "--check-format", "-o", "/dev/null", str(tmp_path / "consent.pot")]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_a_template_goes_into_a_file_or_to_standard_output(tmp_path: Path) -> None:
    app = make_app(policy_=site())
    out = tmp_path / "consent.pot"
    assert run(app, "extract", "--out", str(out)).exit_code == 0
    assert out.read_text("utf-8") == run(app, "extract").output == template(site())


def test_what_is_extracted_and_translated_is_shown(tmp_path: Path) -> None:
    translated = {text: f"<{text}>" for text in entries(template(site()))}
    compiled(tmp_path, "consent", fr=translated)
    app = make_app(policy_=site(), translations=tmp_path, locale=in_locale)
    data = app.test_client().get("/consent/policy.json?language=fr").json
    assert data is not None
    assert data["controller"] == "<Us>"
    assert data["services"][3]["cookies"][0]["purpose"] == '<a\tb\n"c\\>'
    assert data["services"][3]["cookies"][0]["duration"]["text"] == "<depends>"


# -- What is missing ----------------------------------------------------------------------------


def test_a_site_in_one_language_misses_nothing() -> None:
    assert missing(fields("Counts visits")) == []


def test_a_text_by_language_that_lacks_one_is_missing_there() -> None:
    lines = missing(fields({"en": "Counts"}, function=BOTH))
    assert lines == ["fr: service counter cookie c: purpose: no text, only in en"]


def test_a_sentence_in_one_language_is_missing_in_the_others_and_a_name_is_not() -> None:
    lines = missing(fields("Counts", provider="Acme", function=BOTH))
    assert lines == ["fr: service counter cookie c: purpose: not translated: 'Counts'"]


def test_what_the_catalogue_lacks_is_missing(tmp_path: Path) -> None:
    compiled(tmp_path, "consent", fr={"Counts visits": "Compter"}, pt={"Other": "Outro"})
    lines = missing(fields("Counts visits"), translations=tmp_path)
    assert lines == ["pt: service counter cookie c: purpose: not translated: 'Counts visits'"]
    assert missing(fields("Other"), translations=tmp_path, arguments=("--language", "pt-BR")) == []


def test_wording_for_every_language_is_missing_in_those_but_the_policys() -> None:
    texts: Any = {"settings": "Privacy", "title": "Cookies", "fr": {"title": "Les cookies"}}
    lines = missing(counter(cookies=[]), texts=texts)
    assert lines == [
        "fr: texts: settings: for every language, and for this one nothing else: 'Privacy'"
    ]


def test_a_lazy_text_without_words_is_missing() -> None:
    class Silent(Lazy):
        def __str__(self) -> str:
            return "" if self.locale == "fr" else "words"

    assert missing(fields(Silent(), function=BOTH), locale=in_locale) == [
        "fr: service counter cookie c: purpose: its lazy text is empty"
    ]


def test_a_language_can_be_named() -> None:
    assert missing(fields("Counts"), arguments=("--language", "de", "--language", "sv-SE")) == [
        "de: service counter cookie c: purpose: not translated: 'Counts'",
        "sv: service counter cookie c: purpose: not translated: 'Counts'",
    ]
    assert missing(counter(cookies=[]), arguments=("--language", "fr")) == []
    result = run(make_app(), "missing", "--language", "xx")
    assert result.exit_code == 2
    assert "--language xx: the languages are: ar, " in result.stderr


def test_texts_of_ours_without_a_translation_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(our_texts.MESSAGES, "new", "Something new")
    assert missing(counter(cookies=[])) == ["fr: our own text 'Something new': not translated"]
    app = make_app(policy_=policy(services=[counter("Nombri", cookies=[])], language="eo"))
    assert run(app, "missing").output == (
        "eo: our own texts: there is no catalogue; they are in English\n"
    )


@pytest.mark.parametrize("language", our_texts.languages())
def test_no_catalogue_that_ships_lacks_a_text(language: str) -> None:
    assert untranslated(language) == []
