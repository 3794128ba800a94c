"""A policy's texts in several languages: by language, lazy, and by the site's catalogues (I1)."""

from __future__ import annotations

import copy
import html
import json
import pickle
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Flask, render_template_string, request
from flask_babel import Babel, lazy_gettext

from flask_cookie_consent import (
    Category,
    Cookie,
    CookieConsent,
    Duration,
    Exemption,
    Policy,
    PolicyError,
    Records,
    Service,
)
from flask_cookie_consent.policy import STANDARD_CATEGORIES, Text, token
from flask_cookie_consent.records.queries import snapshot
from flask_cookie_consent.ui.messages import Texts
from tests.site import extension_of, get, make_app, policy, site_of

BOTH = {"en": "Counts visits", "fr": "Compter les visites"}
PAGES = ("/consent/policy", "/consent/preferences", "/consent/policy.json", "/page")


def counter(text: Text = BOTH, **fields: Any) -> Service:
    """A service that asks, with a purpose."""
    cookie = Cookie("c", purpose="Marks a visit")
    return Service(
        fields.pop("name", "Counter"),
        **{"category": "statistics", "id": "counter", "purpose": text, "cookies": [cookie]}
        | fields,
    )


def app_of(*services: Service, language: str = "en", **options: Any) -> Flask:
    app = make_app(policy_=policy(services=services, language=language), **options)
    view = "{{ consent_banner(lang) }}{{ consent_policy(lang) }}"
    app.add_url_rule(
        "/page", "page", lambda: render_template_string(view, lang=request.args.get("language"))
    )
    return app


def shown(app: Flask, language: str, path: str = "/consent/policy") -> str:
    page = get(app, path=f"{path}?language={language}")
    assert page.status_code == 200
    return json.dumps(page.json, ensure_ascii=False) if page.is_json else html.unescape(page.text)


def faults(*services: Service, **options: Any) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        Policy(services, **{"controller": "Us"} | options)
    return [str(fault) for fault in caught.value.faults]


# -- By language --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("language", "other"), [("en", "fr"), ("fr", "en")])
def test_a_page_has_the_text_of_its_language_and_no_other(
    path: str, language: str, other: str
) -> None:
    page = shown(app_of(counter()), language, path)
    assert BOTH[language] in page
    assert BOTH[other] not in page


def every_text(of: Any) -> Policy:
    """A policy each of whose texts is ``of`` its field's name."""
    return Policy(
        [
            Service(
                of("name"),
                id="asked",
                category="own",
                provider=of("provider"),
                party="third",
                function=of("function"),
                location=of("location"),
                purpose=of("service_purpose"),
                countries=[of("country")],
                cookies=[
                    Cookie("a", purpose=of("purpose"), duration=of("duration")),
                    Cookie("b", duration=Duration.free(of("free"), at_most="1 year")),
                ],
            ),
            Service(
                "Exempt", category="statistics", purpose="Counts", exempt=Exemption(of("reason"))
            ),
        ],
        controller=of("controller"),
        contact=of("contact"),
        categories=[
            *STANDARD_CATEGORIES,
            Category("own", title=of("title"), description=of("description")),
        ],
    )


FIELDS = (
    *("name", "provider", "function", "location", "service_purpose", "country", "purpose"),
    *("duration", "free", "reason", "controller", "contact", "title", "description"),
)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_text_that_a_visitor_reads_can_be_by_language(language: str) -> None:
    site = every_text(lambda field: {"en": f"en-{field}-x", "fr": f"fr-{field}-x"})
    app = make_app(policy_=site)
    page = shown(app, language) + shown(app, language, "/consent/preferences")
    for field in FIELDS:
        assert f"{language}-{field}-x" in page
    for path in ("policy", "preferences", "dialog", "policy.json", "banner.js"):
        other = {"en": "fr", "fr": "en"}[language]
        assert f"{other}-" not in shown(app, language, f"/consent/{path}")


def test_a_duration_that_is_one_length_in_every_language_is_that_length() -> None:
    same = Duration.of({"en": "13 months", "fr": "13 mois"})
    assert same == Duration.parse("13 months")
    own = Duration.of({"en": "up to 1 year", "de": "solange wie nötig"})
    assert (own.kind, own.longest) == ("text", 365 * 24 * 60 * 60)
    assert Duration.of({"en": "1 year", "fr": "2 ans"}).longest == 2 * 365 * 24 * 60 * 60


@pytest.mark.parametrize(
    ("texts", "language", "expected"),
    [
        ({"en": "EN", "pt": "PT", "pt-BR": "BR"}, "pt-BR", "BR"),
        ({"en": "EN", "pt": "PT"}, "pt-BR", "PT"),
        ({"en": "EN", "pt_BR": "BR"}, "pt", "EN"),
        ({"fr": "FR", "en": "EN"}, "de", "EN"),
        ({"fr": "FR", "en": "EN"}, "fr_CA", "FR"),
        ({"en": "EN", "zh": "ZH"}, "zh-Hans", "ZH"),
        ({"en": "EN", "zh": "ZH"}, "zh-Hant", "EN"),
        ({"en": "EN", "de-CH": "DE"}, "de", "DE"),
        ("Plain", "de", "Plain"),
    ],
)
def test_the_nearest_text_then_the_policys_language(
    texts: Text, language: str, expected: str
) -> None:
    assert Texts(language).say(texts) == expected
    data: Any = policy(services=[counter(texts)]).to_dict(language)
    assert data["services"][0]["purpose"] == expected


def test_markup_says_which_language_a_text_fell_back_to() -> None:
    """WCAG 3.1.2"""
    app = app_of(counter({"en": "Counts <visits>", "fr": "Compter"}))
    pages = {lang: get(app, path=f"/consent/policy?language={lang}").text for lang in ("fr", "de")}
    assert '<span lang="en">Counts &lt;visits&gt;</span>' in pages["de"]
    assert "<span lang=" not in pages["fr"]
    arabic = get(app, path="/consent/policy?language=ar").text
    assert '<span lang="en" dir="ltr">Counts &lt;visits&gt;</span>' in arabic


def test_a_fall_back_in_a_sentence_is_marked_and_titles_have_no_markup() -> None:
    site = policy(services=[counter()], controller={"en": "A & <B>", "fr": "Nous"})
    app = make_app(policy_=site, texts={"preferences_intro": "<i> {controller}"})
    page = get(app, path="/consent/preferences?language=de").text
    assert '<p id="fcc-intro">&lt;i&gt; <span lang="en">A &amp; &lt;B&gt;</span>' in page
    [title] = re.findall("<title>(.*?)</title>", page)
    assert title.endswith("– A &amp; &lt;B&gt;")
    dialog = get(app, path="/consent/embed/counter?language=de")
    assert dialog.status_code == 200


def test_an_exemptions_reason_ends_without_a_stop_in_every_language() -> None:
    service = counter("x", exempt=Exemption({"en": "Anonymous.", "fr": "Anonyme."}))
    app = app_of(service)
    assert "No consent needed: Anonymous. You" in shown(app, "en")
    assert 'lang="en">Anonymous</span>' in shown(app, "de")


def test_what_a_site_says_in_one_language_costs_no_markup() -> None:
    for lang in ("de", "ar"):
        assert "<span lang=" not in get(make_app(), path=f"/consent/policy?language={lang}").text


def test_texts_are_copied_hashed_and_pickled_with_their_policy() -> None:
    texts = dict(BOTH)
    site = policy(services=[counter(texts)])
    texts["fr"] = "changed"
    data: Any = site.to_dict("fr")
    assert data["services"][0]["purpose"] == BOTH["fr"]
    for again in (copy.deepcopy(site), pickle.loads(pickle.dumps(site))):
        assert again == site
        assert hash(again) == hash(site)


# -- What is wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ({}, "purpose: found no text in the policy's own language 'en'; "),
        ({"fr": "Compter"}, "purpose: found no text in the policy's own language 'en'; "),
        ({"en": " ", "fr": "x"}, "purpose['en']: found ' '; allowed: a text that is not empty"),
        ({"en": 7}, "purpose['en']: found 7 (int); allowed: a text that is not empty"),
        ({"en": "x", "": "y"}, "purpose: found the language ''; allowed: a language tag "),
        ({"en": "x", 7: "y"}, "purpose: found the language 7 (int); allowed: a language tag "),
        ({"en": "x", "xx": "y"}, "purpose: found the language 'xx'; allowed: one of: ar, bg, "),
        ({"en": "x", "en-GB": "y"}, "purpose: found the language 'en-GB', whose pages have the "),
        (7, "purpose: found 7 (int); allowed: a text"),
        (b"x", "purpose: found b'x' (bytes); allowed: a text"),
    ],
)
def test_a_wrong_text_is_a_fault_of_the_policy(texts: Any, found: str) -> None:
    [fault] = faults(counter(texts))
    assert fault.startswith(f"services[0] 'Counter': {found}")


def test_every_fault_is_said_at_once_wherever_it_is() -> None:
    wrong: Any = {"fr": "x"}
    with pytest.raises(PolicyError) as caught:
        every_text(lambda field: {**wrong, "xx": " "} if field != "contact" else wrong)
    places = {f"{fault.path}: {fault.field}" for fault in caught.value.faults}
    assert len(caught.value.faults) == 3 * (len(FIELDS) - 1) + 1
    assert {
        "policy: controller",
        "policy: contact",
        "categories[4] 'own': title",
        "services[0] 'asked': countries[0]",
        "services[0] 'asked' cookies[0] 'a': duration['xx']",
        "services[0] 'asked' cookies[1] 'b': duration",
        "services[1] 'Exempt' exempt: reason",
    } <= places


def test_the_policys_own_language_needs_no_catalogue() -> None:
    app = app_of(counter({"eo": "Nombri", "fr": "Compter"}), language="eo")
    assert "Nombri" in shown(app, "de")
    assert "Compter" in shown(app, "fr")


# -- Ids and tokens -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", [{"en": "Counter", "fr": "Compteur"}, lazy_gettext("Counter")])
def test_a_name_in_several_languages_needs_an_id(name: Text) -> None:
    [fault] = faults(counter(name=name, id=""))
    assert fault.startswith("services[0] '': id: found ''; ")
    assert fault.endswith("(pass id=... where the name gives none)")


def test_a_token_does_not_depend_on_the_visitors_language() -> None:
    plain = counter(party="third", provider="Acme Ltd")
    both = counter(party="third", provider={"fr": "Acmé SA", "en": "Acme Ltd"})
    assert token(both, None) == token(plain, None)
    assert token(both, None, "fr") != token(plain, None)
    site = policy(services=[both])
    assert site.tokens["counter"] == token(plain, None)
    assert policy(services=[both], language="fr").tokens["counter"] == token(both, None, "fr")
    app = app_of(both)
    asked = {
        re.findall('name="asked" value="(.*?)"', get(app, path=f"/page?language={lang}").text)[0]
        for lang in ("en", "fr", "de")
    }
    assert asked == {token(plain, None)}


def test_a_third_party_may_have_no_lazy_name() -> None:
    [fault] = faults(counter(party="third", provider=lazy_gettext("Acme")))
    assert fault.startswith("services[0] 'Counter': provider: found a lazy text; allowed: a text")
    assert policy(services=[counter(provider=lazy_gettext("Us"))])


def test_two_services_with_one_token_are_found_by_their_providers_in_the_policys_language() -> None:
    def of(id: str) -> Service:
        provider = {"en": "Acme Ltd", "fr": "Acmé SA"}
        return Service(
            "x", id=id, category="statistics", purpose="x", party="third", provider=provider
        )

    seen: dict[str, str] = {}
    for number in range(3000):
        mine = f"s{number}"
        other = seen.setdefault(token(of(mine), None), mine)
        if other != mine:
            [fault] = faults(of(other), of(mine))
            assert "whose token in the consent cookie is that of" in fault
            return
    pytest.fail("no two tokens alike in 3000")


# -- Lazy ---------------------------------------------------------------------------------------


def compiled(folder: Path, domain: str, **languages: dict[str, str]) -> Path:
    """Catalogues below ``folder``, by language."""
    for language, texts in languages.items():
        catalogue = Catalog(language)
        for text, translation in texts.items():
            catalogue.add(text, translation)
        path = folder / language / "LC_MESSAGES" / f"{domain}.mo"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as mo:
            write_mo(mo, catalogue)
    return folder


@pytest.fixture
def lazy(tmp_path: Path) -> Flask:
    """An app with Flask-Babel and two locales, whose visitors' own locale is German."""
    folder = compiled(
        tmp_path,
        "messages",
        fr={"Counts visits": "Compter les visites"},
        de={"Counts visits": "Zählt Besuche"},
    )
    app = app_of(
        counter(lazy_gettext("Counts visits")), records=Records(f"sqlite:///{tmp_path}/r", wait=30)
    )
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(folder)
    Babel(app, locale_selector=lambda: "de")
    return app


IN_LANGUAGES = {"fr": "Compter les visites", "de": "Zählt Besuche", "en": "Counts visits"}


@pytest.mark.parametrize("path", PAGES)
def test_a_lazy_text_is_in_the_language_of_the_page_whatever_the_locale(
    lazy: Flask, path: str
) -> None:
    for language in (*IN_LANGUAGES, *reversed(IN_LANGUAGES)):
        page = shown(lazy, language, path)
        assert IN_LANGUAGES[language] in page
        for other in IN_LANGUAGES.keys() - {language}:
            assert IN_LANGUAGES[other] not in page


def test_lazy_texts_of_two_languages_are_read_at_once(lazy: Flask) -> None:
    lazy.test_client().get("/")  # what happens once has happened
    barrier = Barrier(2)

    def read(language: str) -> str:
        barrier.wait(10)
        return shown(lazy, language)

    for _ in range(5):
        site_of(lazy).renderer.view.cache_clear()
        with ThreadPoolExecutor(2) as threads:
            pages = dict(zip(["fr", "de"], threads.map(read, ["fr", "de"]), strict=True))
        for language, page in pages.items():
            assert IN_LANGUAGES[language] in page


def test_a_snapshot_holds_lazy_texts_as_they_were_shown(lazy: Flask) -> None:
    """The row is made by a thread that has no request, and so no locale."""
    names = {}
    for language in IN_LANGUAGES:
        page = shown(lazy, language, "/page")
        [names[language]] = set(re.findall(r'name="snapshot" value="(.*?)"', page))
    store = site_of(lazy).store
    assert store is not None
    # The writer goes by turns: what came before a choice is stored with it.
    assert lazy.test_client().post("/consent/choice", data={"answer": "accept"}).status_code < 400
    with store.reading() as connection:
        for language, name in names.items():
            row = snapshot(connection, name)
            assert row is not None
            [service, _] = json.loads(row["content"])["policy"]["services"]
            assert service["purpose"] == IN_LANGUAGES[language]
            assert IN_LANGUAGES[language] in html.unescape(row["documents"])


class Lazy:
    """A lazy text without Flask-Babel."""

    locale = "en"

    def __str__(self) -> str:
        return f"words in {self.locale}"

    def __len__(self) -> int:
        return len(str(self))

    def __mod__(self, other: Any) -> str:
        return str(self) % other


@contextmanager
def in_locale(language: str) -> Iterator[None]:
    Lazy.locale, before = language, Lazy.locale
    try:
        yield
    finally:
        Lazy.locale = before


def test_a_site_can_say_how_its_lazy_texts_find_their_locale() -> None:
    app = app_of(counter(Lazy()), locale=in_locale)
    assert "words in pt-BR" in shown(app, "pt-BR")
    assert "words in en" in shown(app, "en")


def test_lazy_texts_without_a_locale_are_an_error_not_a_wrong_language() -> None:
    app = app_of(counter(Lazy()))
    app.testing = True
    with pytest.raises(RuntimeError, match=r"lazy texts.* Flask-Babel, or pass .*locale="):
        get(app, path="/consent/policy")


def test_a_policy_without_an_app_reads_lazy_texts_as_they_are() -> None:
    data: Any = policy(services=[counter(Lazy())]).to_dict("fr")
    assert data["services"][0]["purpose"] == "words in en"


class Raising(Lazy):
    def __str__(self) -> str:
        raise RuntimeError("read too early")


def test_no_lazy_text_is_read_when_a_policy_or_an_app_is_made() -> None:
    wrong: Text = Raising()
    every_text(lambda field: {"en": "x"} if field in ("provider",) else wrong)
    with pytest.raises(PolicyError, match="category"):
        Policy([Service(wrong, id="x", category="none", purpose=wrong)])
    app_of(counter(wrong))


# -- By the site's catalogues -------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return compiled(
        tmp_path / "words",
        "consent",
        fr={"Counts visits": "Compter les visites", "Example City": "Ville d’exemple"},
        pt={"Counts visits": "Conta visitas"},
    )


def test_plain_texts_are_translated_by_the_sites_catalogue(folder: Path) -> None:
    app = app_of(counter("Counts visits"), translations=folder)
    assert "Compter les visites" in shown(app, "fr")
    assert "Ville d’exemple" in shown(app, "fr", "/page")
    assert '"controller": "Ville d’exemple"' in shown(app, "fr", "/consent/policy.json")
    assert "Conta visitas" in shown(app, "pt-BR")
    assert "Counts visits" in shown(app, "en")
    assert "Counts visits" in shown(app, "de")


def test_the_folder_is_looked_for_below_the_app(folder: Path) -> None:
    app = Flask("site", root_path=str(folder.parent))
    site = policy(services=[counter("Counts visits")])
    app.register_blueprint(CookieConsent(site, translations="words"))
    assert "Compter les visites" in shown(app, "fr")


def test_catalogue_and_texts_by_language_go_together(folder: Path) -> None:
    service = counter("Counts visits", function={"en": "Figures", "de": "Zahlen"})
    app = app_of(service, translations=folder)
    assert "Compter les visites" in shown(app, "fr")
    assert "Zahlen" in shown(app, "de")


def test_a_text_that_is_empty_is_not_the_catalogues_header(folder: Path) -> None:
    page = shown(app_of(counter("Counts visits"), translations=folder), "fr")
    assert "Content-Type" not in page


def test_what_the_package_declares_is_translated_by_it_unless_the_site_does(tmp_path: Path) -> None:
    compiled(tmp_path, "consent", fr={"Cookie consent": "Le nôtre"})
    assert "Le nôtre" in shown(app_of(counter(), translations=tmp_path), "fr")
    assert "Cookie-Einwilligung" in shown(app_of(counter(), translations=tmp_path), "de")


def test_of_two_catalogues_for_one_language_the_plain_one_counts(tmp_path: Path) -> None:
    compiled(tmp_path, "consent", pt={"Counts visits": "PT"}, pt_AO={"Counts visits": "AO"})
    page = shown(app_of(counter("Counts visits"), translations=tmp_path), "pt")
    assert "PT" in page
    assert "AO" not in page


def test_no_catalogues_are_a_fault_at_start_up(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"translations: found no .*consent\.mo in .*pybabel"):
        app_of(counter(), translations=tmp_path)


@pytest.mark.parametrize("content", [b"", b"no catalogue", b"\xde\x12\x04\x95\0\0\0\0\xff"])
def test_a_catalogue_that_cannot_be_read_is_a_fault_at_start_up(
    tmp_path: Path, content: bytes
) -> None:
    path = compiled(tmp_path, "consent", fr={"a": "b"}) / "fr" / "LC_MESSAGES" / "consent.mo"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"translations: .*consent\.mo cannot be read: "):
        app_of(counter(), translations=tmp_path)


# -- For the site's own code --------------------------------------------------------------------


def test_a_sites_own_pages_can_say_a_text_of_the_policy() -> None:
    app = app_of(counter())
    with app.test_request_context():
        extension = extension_of(app)
        service = extension.policy.service("counter")
        assert extension.say(service.purpose, "fr") == BOTH["fr"]
        assert extension.say(service.purpose) == BOTH["en"]
