"""The words, in every language that ships (F2, I1, L2), and which one a page takes."""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from flask import render_template_string
from flask_babel import Babel

from banner import catalogues
from flask_cookie_consent import Policy
from flask_cookie_consent.i18n import languages
from flask_cookie_consent.policy.companions import csrf_token, flask_login_remember, flask_session
from flask_cookie_consent.policy.durations import Duration
from flask_cookie_consent.ui import messages as texts
from flask_cookie_consent.ui.messages import DECLARED, MESSAGES, PLURALS, Texts, nearest, negotiate
from tests.site import make_app, policy

LANGUAGES = texts.languages()
TRANSLATED = [language for language in LANGUAGES if language != "en"]
NAME = "flask_cookie_consent"


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"{(.*?)}", text))


# -- Every language that ships ------------------------------------------------------------------


def test_english_and_french_ship() -> None:
    assert {"en", "fr"} <= set(LANGUAGES)


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_is_compiled_has_every_text(language: str) -> None:
    name = language.replace("-", "_")
    catalogue = gettext.translation(languages.DOMAIN, languages.LOCALE_DIR, [name])
    assert catalogue.info()["language"] == name
    catalogue.add_fallback(Missing())
    for text in (*MESSAGES.values(), *DECLARED):
        assert catalogue.gettext(text)
    for one, many in PLURALS.values():
        for n in range(200):
            assert catalogue.ngettext(one, many, n)


class Missing(gettext.NullTranslations):
    """What is asked when a catalogue has no translation."""

    def gettext(self, message: str) -> str:
        pytest.fail(f"no translation of {message!r}")

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        pytest.fail(f"no translation of {msgid1!r} for {n}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_those_of_the_source(language: str) -> None:
    t = Texts(language)
    for key, english in MESSAGES.items():
        assert placeholders(t(key)) == placeholders(english), key
        filled = t(key, **dict.fromkeys(placeholders(english), "<x>"))
        assert not {"{", "}"} & set(filled), key
    for key in PLURALS:
        for n in (0, 1, 2, 5, 11, 21, 100):
            assert str(n) in t.count(key, n)


@pytest.mark.parametrize(
    ("language", "phrases"),
    [
        ("en", ["We use cookies", "Accept all", "Reject all", "Customise"]),
        ("fr", ["Nous utilisons des cookies", "Tout accepter", "Tout refuser", "Personnaliser"]),
    ],
)
def test_privacy_tools_find_the_usual_phrases(language: str, phrases: list[str]) -> None:
    t = Texts(language)
    assert [t(key) for key in ("title", "accept_all", "reject_all", "customise")] == phrases


def test_french_is_set_as_french() -> None:
    t = Texts("fr")
    for key, text in ((key, t(key)) for key in MESSAGES):
        assert not re.search(r"'|\.\.\.|[«\s][ ]|[^\u202f][:;!?»]|«[^\u202f]", text), key


# -- Counting and durations ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", ["0 years", "1 year", "2 years"]), ("fr", ["0 an", "1 an", "2 ans"])],
)
def test_plural_forms(language: str, said: list[str]) -> None:
    assert [Texts(language).count("year", n) for n in (0, 1, 2)] == said


@pytest.mark.parametrize(
    ("duration", "english", "french"),
    [
        ("13 months", "13 months", "13 mois"),
        ("1 year 1 month", "1 year 1 month", "1 an 1 mois"),
        ("13 mois", "13 months", "13 mois"),
        ("2 weeks", "2 weeks", "2 semaines"),
        ("session", "Until you close the browser", "Jusqu’à la fermeture du navigateur"),
        ("persistent", "Does not expire", "N’expire pas"),
        (None, "Not stated", "Non précisée"),
        ("as long as it takes", "as long as it takes", "as long as it takes"),
        (
            Duration.free("depends", at_most="2 years"),
            "depends (at most 2 years)",
            "depends (au maximum 2 ans)",
        ),
    ],
)
def test_durations_in_words(duration: object, english: str, french: str) -> None:
    meant = Duration.of(duration)
    assert Texts("en").duration(meant) == english
    assert Texts("fr").duration(meant) == french


# -- What the package itself declares -----------------------------------------------------------


def test_what_the_package_declares_is_translated() -> None:
    ours = Policy([flask_session(), flask_login_remember(), csrf_token()], controller="Us").services
    declared = {service.name for service in ours}
    declared |= {cookie.purpose for service in ours for cookie in service.cookies}
    assert declared == DECLARED
    t = Texts("fr")
    assert t.say("Stay signed in") == "Maintien de la connexion"
    assert {text for text in DECLARED if t.say(text) == text} == {"Session"}


def test_what_a_site_declares_is_left_as_it_is() -> None:
    assert Texts("fr").say("Details") == "Details"


# -- The nearest language -----------------------------------------------------------------------


@pytest.mark.parametrize("tag", ["fr", "fr-CA", "fr_CA", "FR-ca", "fr-Latn-CH-x-own"])
def test_a_regional_tag_is_served_by_its_language(tag: str) -> None:
    assert nearest(tag) == "fr"
    assert Texts(tag).language == "fr"


@pytest.mark.parametrize("tag", ["xx", "", "-", "f", "frx", "../fr", "fr" + "-x" * 18, "\0", "*"])
def test_nonsense_has_no_nearest_language_and_reads_english(tag: str) -> None:
    assert nearest(tag) is None
    assert Texts(tag)("accept_all") == "Accept all"


def test_the_first_of_a_visitors_languages_that_we_have() -> None:
    assert negotiate(["xx", "fr-BE", "en"]) == "fr"
    assert negotiate(["xx"]) is None


@pytest.fixture
def arabic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A catalogue for a language that is written from right to left."""
    compiled = tmp_path / "ar" / "LC_MESSAGES" / f"{NAME}.mo"
    compiled.parent.mkdir(parents=True)
    catalogue = catalogues.Catalogue("ar")
    catalogue.add("Accept all", "قبول الكل")
    with compiled.open("wb") as mo:
        write_mo(mo, catalogue)
    monkeypatch.setattr(languages, "LOCALE_DIR", tmp_path)
    caches = (languages.languages, languages.nearest, languages.catalogue)
    for cached in caches:
        cached.cache_clear()
    yield
    monkeypatch.undo()
    for cached in caches:
        cached.cache_clear()


@pytest.mark.usefixtures("arabic")
def test_a_language_is_a_matter_of_a_file() -> None:
    """And a text without a translation falls back to English."""
    t = Texts("ar-EG")
    assert (t.language, t.direction) == ("ar", "rtl")
    assert (t("accept_all"), t("reject_all")) == ("قبول الكل", "Reject all")
    page = make_app(language=lambda: "ar-EG").test_client().get("/").text
    assert 'lang="ar" dir="rtl"' in page
    assert Texts("en").direction == "ltr"


# -- The site's own wording ---------------------------------------------------------------------


def test_a_sites_own_wording_for_every_language_and_for_one() -> None:
    own = {"accept_all": "OK to all", "fr": {"accept_all": "Oui, tout"}, "title": "Cookies"}
    assert Texts("en", own)("accept_all") == "OK to all"
    assert Texts("fr-CA", own)("accept_all") == "Oui, tout"
    assert Texts("fr", own)("title") == "Cookies"
    assert Texts("fr", own)("reject_all") == "Tout refuser"
    assert Texts("fr", {"fr-FR": {"accept_all": "Oui"}})("accept_all") == "Oui"
    assert Texts("fr", {"ask": "{controller} demande :"})("ask", controller="Us") == "Us demande :"


@pytest.mark.parametrize("own", [{"acept_all": "Yes"}, {"en": {"acept_all": "Yes"}}])
def test_an_unknown_key_is_a_fault_at_start_up(own: texts.Overrides) -> None:
    with pytest.raises(ValueError, match=r"no text called 'acept_all'; .*accept_all, .*title"):
        make_app(texts=own)


def test_a_language_without_a_catalogue_is_a_fault_at_start_up() -> None:
    with pytest.raises(ValueError, match=r"'xx' is not a language .*: .*\ben, .*\bfr, "):
        make_app(texts={"xx": {"accept_all": "Yes"}})


def test_there_is_no_text_of_an_unknown_name() -> None:
    with pytest.raises(KeyError, match="nothing_of_ours"):
        Texts("en")("nothing_of_ours")


# -- The language of a page (I1) ----------------------------------------------------------------

ACCEPT_FRENCH = {"Accept-Language": "fr"}


@pytest.mark.parametrize(
    ("argument", "own", "babel", "policys", "expected"),
    [
        ("fr-CA", "en", "en", "en", "fr"),
        ("en", "fr", "fr", "fr", "en"),
        (None, "fr_CA", "en", "en", "fr"),
        (None, "en", "fr", "fr", "en"),
        (None, None, "fr_CA", "en", "fr"),
        (None, None, "en_GB", "fr", "en"),
        (None, None, None, "fr", "fr"),
        (None, None, None, "en", "en"),
        # Who names a language that we have not is not asked further.
        ("xx", "fr", "en", "en", "fr"),
        ("xx", "yy", "fr", "en", "fr"),
        ("xx", "yy", "eo", "fr", "fr"),
        # The policy may be in a language that has no catalogue yet.
        (None, None, None, "eo", "en"),
    ],
)
def test_argument_then_function_then_babel_then_policy(
    argument: str | None, own: str | None, babel: str | None, policys: str, expected: str
) -> None:
    app = make_app(policy_=policy(language=policys), language=lambda: own)
    if babel:
        Babel(app, locale_selector=lambda: babel)
    parts = "{{ consent_banner(language) }}{{ consent_link(None, language) }}"
    parts += "{{ consent_policy(language) }}"
    app.add_url_rule("/page", view_func=lambda: render_template_string(parts, language=argument))
    page = app.test_client().get("/page", headers={"Accept-Language": "fr, en;q=0.5"}).text
    assert set(re.findall(r' lang="(.*?)"', page)) == {expected}
    assert f">{Texts(expected)('settings')}</a>" in page
    other = {"en": "Tout accepter", "fr": "Accept all"}[expected]
    assert other not in page  # only one language travels


def test_a_page_never_depends_on_accept_language() -> None:
    client = make_app().test_client()
    plain, french = client.get("/"), client.get("/", headers=ACCEPT_FRENCH)
    assert plain.data == french.data
    assert "Vary" not in french.headers


@pytest.mark.parametrize("path", ["policy", "policy.json", "banner.js", "preferences", "dialog"])
def test_our_own_addresses_take_the_visitors_language_unless_told(path: str) -> None:
    client = make_app().test_client()
    visitors = client.get(f"/consent/{path}", headers=ACCEPT_FRENCH)
    assert "Accept-Language" in visitors.vary or visitors.cache_control.no_store
    told = client.get(f"/consent/{path}?language=en", headers=ACCEPT_FRENCH)
    if path != "policy.json":  # whose texts are the site's own
        assert Texts("fr")("settings") in visitors.text
        assert Texts("en")("settings") in told.text


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("no", "nb"),
        ("nn-NO", "nb"),
        ("iw", "he"),
        ("pt-BR", "pt-BR"),
        ("pt-AO", "pt"),
        ("sr-Latn", "sr"),
    ],
)
def test_tags_that_browsers_send_find_their_language(asked: str, found: str) -> None:
    assert texts.nearest(asked) == found


def test_there_are_all_official_languages_of_the_european_union_and_as_many_others() -> None:
    official = (
        "bg cs da de el en es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv"  # Regulation 1/58
    )
    assert set(official.split()) <= set(texts.languages())
    assert len(texts.languages()) >= 40


@pytest.mark.parametrize("language", texts.languages())
def test_every_text_is_there_in_every_language(language: str) -> None:
    """I1"""
    found = Texts(language)
    for key in texts.MESSAGES:
        assert found(key).strip()
    if language != "en":
        same = [key for key in texts.MESSAGES if found(key) == Texts("en")(key)]
        assert len(same) < len(texts.MESSAGES) / 6, same


@pytest.mark.parametrize("language", languages.languages())
def test_no_sentence_has_a_second_full_stop(language: str) -> None:
    """After a name that ends in one."""
    text = Texts(language)
    for key in MESSAGES:
        for name in re.findall(r"{(\w+)}", MESSAGES[key]):
            said = text(key, **{name: "Insight Inc."})
            assert not re.search(r"\.\N{POP DIRECTIONAL ISOLATE}?[.。।۔։።]", said), key
            assert said.count("Insight Inc.") == text(key).count(f"{{{name}}}")


def test_names_that_end_in_no_full_stop_keep_the_sentences() -> None:
    assert Texts("en")("third_parties", names="AdCo and VideoCo") == (
        "Third parties: AdCo and VideoCo."
    )
    assert Texts("en")("third_parties", names="AdCo Ltd.") == "Third parties: AdCo Ltd."
    assert Texts("hi")("third_parties", names="AdCo").endswith("AdCo।")
