"""The demo portal, without a browser."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from examples.portal import __main__ as command
from examples.portal import create_app
from examples.portal.chart import ticks
from examples.portal.datasets import DATASETS
from examples.portal.policy import LANGUAGE_COOKIE, SESSION_COOKIE, portal_policy
from examples.portal.texts import TEXTS, day, number
from examples.portal.third_party import create_third_party
from flask_cookie_consent import Records

ROOT = Path(__file__).parents[2]
NOBODY = "http://localhost:9"  # where no third party answers

PUBLIC = [
    "/",
    "/?theme=culture",
    "/imprint",
    "/privacy",
    "/cookies",
    *(f"/data/{id}" for id in DATASETS),
]
SIGN_IN = {"name": "ada", "password": "merival"}


@pytest.fixture
def client() -> FlaskClient:
    app = create_app(NOBODY)
    app.testing = True
    return app.test_client()


@pytest.mark.parametrize("path", [*PUBLIC, "/account", "/live", "/trials"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_answers_in_both_languages(client, language, path):
    response = client.get(f"/{language}{path}")
    assert response.status_code == 200
    assert f'<html lang="{language}">' in response.text
    assert TEXTS[language]["imprint"] in response.text
    assert f"/consent/preferences?language={language}" in response.text


def test_both_languages_have_the_same_texts():
    english, french = TEXTS["en"], TEXTS["fr"]
    assert english.keys() == french.keys()
    for key in english:
        names = re.compile(r"\{\w+\}").findall
        assert sorted(names(english[key])) == sorted(names(french[key])), key


def test_one_policy_speaks_both_languages(client):
    reason = "les chiffres sont anonymisés et ne servent qu’à ce site"
    french, english = (client.get(f"/{language}/cookies").text for language in ("fr", "en"))
    assert f"Consentement non requis\u202f: {reason}. Vous" in french
    assert "Statistiques anonymisées" in french
    assert "Anonymised statistics" not in french
    assert "Anonymised statistics" in english


@pytest.mark.parametrize("path", PUBLIC)
def test_public_pages_are_the_same_for_everybody(client, path):
    """Also for somebody who is signed in, has chosen a language, and has answered."""
    stranger = client.get(f"/en{path}")
    assert "Cookie" not in stranger.vary
    assert stranger.cache_control.public
    client.post("/en/account", data=SIGN_IN)
    client.post("/language", data={"language": "fr"})
    client.post("/consent/choice", data={"answer": "accept"})
    for cookie in (SESSION_COOKIE, LANGUAGE_COOKIE, "consent"):
        assert client.get_cookie(cookie), cookie
    known = client.get(f"/en{path}")
    assert known.data == stranger.data
    assert "Cookie" not in known.vary
    assert "Set-Cookie" not in known.headers


@pytest.mark.parametrize("path", ["/en/live", "/en/live.json", "/en/account", "/en/trials"])
def test_pages_about_the_visitor_are_private(client, path):
    response = client.get(path)
    assert "Cookie" in response.vary
    assert response.cache_control.private or response.cache_control.no_store


@pytest.mark.parametrize("path", ["/", "/cookies", "/live", "/trials"])
def test_addresses_without_a_language_lead_to_the_visitors_own(client, path):
    def language(**headers: str) -> str:
        response = client.get(path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        assert response.status_code == 302
        assert response.cache_control.no_store
        return response.location[1:3]

    assert language() == "en"
    assert language(Accept_Language="fr-CA, en;q=0.5") == "fr"
    assert language(Accept_Language="fr", Referer="http://localhost/en/imprint") == "en"
    assert language(Referer="http://localhost/consent/preferences?language=fr") == "fr"
    client.set_cookie("django_language", "fr")
    assert language(Accept_Language="en") == "fr"
    client.set_cookie("django_language", "xx")
    assert language() == "en"


def test_only_a_click_sets_the_language_cookie(client):
    for path in ("/fr/", "/", "/fr/account"):
        assert "Set-Cookie" not in client.get(path).headers
    page = "/en/data/air-quality?x=1"
    response = client.post("/language", data={"language": "fr", "page": page})
    assert response.location == "/fr/data/air-quality?x=1"
    assert response.headers["Set-Cookie"].startswith("django_language=fr;")
    assert client.post("/language", data={"language": "xx"}).status_code == 400


@pytest.mark.parametrize("page", ["//evil.example/", "https://evil.example/en/", "/x", "/en\r\nX:"])
def test_the_language_leads_to_no_other_site(client, page):
    response = client.post("/language", data={"language": "fr", "page": page})
    assert response.location == "/fr/"


def test_signing_in_and_out(client):
    wrong = client.post("/en/account", data={**SIGN_IN, "password": "x"})
    assert wrong.status_code == 422
    assert "Set-Cookie" not in wrong.headers
    cookie = client.post("/en/account", data=SIGN_IN).headers["Set-Cookie"]
    assert cookie.startswith("sessionid=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "signed in as ada" in client.get("/en/account").text
    client.post("/en/account/out")
    assert "Password" in client.get("/en/account").text


def test_the_policy_has_the_rows_of_a_real_one(client):
    policy = portal_policy(NOBODY)
    session, language = policy.service("session"), policy.service("language")
    assert [c.name for c in (*session.cookies, *language.cookies)] == [
        "sessionid",
        "django_language",
    ]
    assert {session.location, language.location} == {"front and back office"}
    assert [s.id for s in policy.objectable()] == ["audience"]
    assert [s.id for s in policy.asked()] == ["tallymark", "lanternfish", "cartolane"]
    for name in ("sessionid", "django_language", "_pk_id*", "lf_uid", "cl_view"):
        assert name in client.get("/en/cookies").text


def test_what_gates_names_a_service_of_the_policy():
    """A misspelt name in a template would never be released."""
    names = portal_policy(NOBODY).names
    for template in (ROOT / "examples/portal/templates").glob("*.html"):
        for name in re.findall(
            r'(?:data-consent=|consent_embed\()"([^"]*)"', template.read_text("utf-8")
        ):
            assert name in names, template.name


def test_data_can_be_downloaded(client):
    csv = client.get("/fr/data/street-trees.csv")
    assert csv.text.splitlines()[:2] == ["Genre,Arbres", "Platane,3180"]
    rows = client.get("/en/data/street-trees.json").get_json()["rows"]
    assert rows[0] == {"label": "Plane", "value": 3180}
    for kind in ("", ".csv", ".json"):
        assert client.get(f"/en/data/nothing{kind}").status_code == 404


def test_searching(client):
    assert "Street trees" in client.get("/en/?q=squares").text
    nothing = client.get("/en/?q=<script>").text
    assert TEXTS["en"]["found_none"] in nothing
    assert "&lt;script&gt;" in nothing


def test_a_missing_page_is_in_the_language_of_its_address(client):
    response = client.get("/fr/nothing")
    assert response.status_code == 404
    assert TEXTS["fr"]["missing"] in response.text


def test_the_live_page_follows_the_visitor(client):
    before = client.get("/en/live.json").get_json()
    assert before["given"] is False
    assert before["answers"] is False  # nobody plays the third parties in this test
    assert _states(before) == {
        "session": "on",
        "language": "on",
        "audience": "on",
        "tallymark": "off",
        "lanternfish": "off",
        "cartolane": "off",
        "consent": "on",
    }
    client.set_cookie("_tm_visit", "left over")
    client.set_cookie("strange", "1")
    client.post("/consent/choice", data={"answer": "reject"})
    client.post("/visits")
    after = client.get("/en/live.json").get_json()
    assert after["facts"]["choice"] == "Rejected all"
    assert after["facts"]["visits"] == "1"
    assert _states(after)["audience"] == "off"
    assert [row["cells"] for row in after["tables"]["cookies"]] == [
        ["consent", "Cookie consent"],
        ["strange", "not in the policy"],
    ]
    client.set_cookie("_tm_visit", "written by a script that still runs")
    again = client.get("/en/live.json").get_json()["tables"]["cookies"]
    assert again[0]["cells"] == ["_tm_visit", "Tallymark, no longer allowed"]
    gone = client.get("/en/live.json").get_json()["tables"]["cookies"]
    assert gone[0]["cells"][0] == "consent"
    client.post("/en/live/restart")
    assert client.get("/en/live.json").get_json()["tables"]["cookies"] == []


def _states(state: dict) -> dict[str, str]:
    return {row["cells"][1]: row["state"] for row in state["tables"]["services"]}


# -- What the server enforces -----------------------------------------------------------------


def _set(response) -> set[str]:
    """The names of the cookies that a response sets, without those that it expires."""
    headers = response.headers.getlist("Set-Cookie")
    return {h.partition("=")[0] for h in headers if "Max-Age=0" not in h}


def _expired(response) -> set[tuple[str, str]]:
    """The names and paths of the cookies that a response expires."""
    found = re.compile(r"([^=]+)=; Max-Age=0; Path=([^;]+)").fullmatch
    return {m.groups() for h in response.headers.getlist("Set-Cookie") if (m := found(h))}


def _script_sources(response) -> list[str]:
    return re.search("script-src ([^;]*)", response.headers["Content-Security-Policy"])[1].split()


def _row(response, name: str) -> list[str]:
    """The cells of the table row about a cookie."""
    row = re.search(rf'<tr><th scope="row">{re.escape(name)}</th>(.*?)</tr>', response.text)
    return re.findall(r"<td>(?:<span[^>]*>)?([^<]*)", row[1])


def test_only_cookies_that_are_allowed_leave_the_server(client):
    client.set_cookie("unrelated", "1")
    before = client.get("/en/trials")
    assert _set(before) == {"_pk_ses.trial", "forgotten"}
    assert _row(before, "_tm_visit") == ["Tallymark: not without your consent", "No", "No"]
    assert _row(before, "_pk_ses.trial")[1:] == ["Yes", "No"]
    client.post("/consent/choice", data={"answer": "accept"})
    after = client.get("/en/trials")
    assert _set(after) == {"_pk_ses.trial", "_tm_visit", "_lf_click", "forgotten"}
    assert _row(after, "_tm_visit") == ["Tallymark: you have allowed it", "Yes", "No"]
    assert _row(client.get("/en/trials"), "_tm_visit")[1:] == ["Yes", "Yes"]
    client.post("/consent/choice", data={"answer": "reject"})
    refused = client.get("/en/trials")
    assert _set(refused) == {"forgotten"}
    assert _row(refused, "_pk_ses.trial")[0] == "Visit statistics: you have objected"


def test_a_visitor_sees_the_record_of_what_they_granted(tmp_path):
    client = create_app(
        NOBODY, records=Records(f"sqlite:///{tmp_path}/portal.db", wait=30)
    ).test_client()
    assert "names no record" in client.get("/en/trials").text
    client.post("/consent/choice", data={"answer": "accept", "language": "en"})
    shown = client.get("/en/trials").text
    receipt = client.get("/consent/receipt").get_json()
    assert f"<code>{receipt['proof']['choice']['entry']['id']}</code>" in shown
    client.post("/consent/choice", data={"answer": "reject", "language": "en"})
    assert "names no record" in client.get("/en/trials").text
    assert client.get("/consent/receipt").status_code == 404


def test_a_cookie_that_nobody_declared_is_reported(client, caplog):
    shown = client.get("/en/trials")
    assert _row(shown, "forgotten") == ["Nothing, so it is reported", "Yes", "No"]
    assert "trials.show sets the cookie 'forgotten'" in caplog.text
    assert "'_" not in caplog.text, "the others are declared, and last no longer than declared"
    client.post("/consent/choice", data={"answer": "accept"})
    client.get("/en/trials")
    client.post("/en/trials")
    assert "'_" not in caplog.text


def test_planted_cookies_are_expired_after_a_withdrawal(client):
    assert _set(client.post("/fr/trials")) == set()
    client.post("/consent/choice", data={"answer": "accept"})
    names = {"_tm_part_site", "_tm_part_hidden", "_tm_part_section"}
    assert _set(client.post("/fr/trials")) == names
    shown = client.get("/fr/trials")
    assert _row(shown, "_tm_part_section") == ["/fr", "Oui", "Oui"]
    withdrawn = client.post("/consent/choice", data={"answer": "reject"})
    assert {("_tm_part_site", "/"), ("_tm_part_hidden", "/")} <= _expired(withdrawn)
    first = client.get("/fr/trials")
    assert ("_tm_part_section", "/fr") in _expired(first)
    assert _row(first, "_tm_part_section") == ["/fr", "Oui", "Non"]
    assert TEXTS["fr"]["carried_none"] in client.get("/fr/trials").text


def test_starting_over_forgets_planted_cookies_too(client):
    client.post("/consent/choice", data={"answer": "accept"})
    client.post("/en/trials")
    client.post("/en/live/restart")
    for page in ("/en/", "/fr/"):
        assert client.get(page).request.headers.get("Cookie") is None


def test_third_parties_are_in_the_header_only_after_consent(client):
    before = client.get("/en/trials")
    assert NOBODY not in before.headers["Content-Security-Policy"]
    assert f'src="{NOBODY}/tallymark/forgotten.js"' in before.text
    client.post("/consent/choice", data={"answer": "accept"})
    after = client.get("/en/trials")
    assert NOBODY in _script_sources(after)
    assert "The address of: Tallymark, Lanternfish, Cartolane maps" in after.text
    client.post("/consent/choice", data={"answer": "reject"})
    assert NOBODY not in client.get("/en/trials").headers["Content-Security-Policy"]


def test_the_page_says_what_the_signal_refuses(client):
    without = client.get("/en/trials").text
    assert TEXTS["en"]["gpc_off"] in without
    assert "refused without a click: Lanternfish." in without
    client.post("/consent/choice", data={"answer": "accept"})
    response = client.get("/en/trials", headers={"Sec-GPC": "1"})
    assert TEXTS["en"]["gpc_on"] in response.text
    assert "Lanternfish: refused by it" in response.text
    assert "_lf_click" not in _set(response)
    assert "_tm_visit" in _set(response)
    assert client.get("/.well-known/gpc.json").get_json()["gpc"] is True


def test_third_parties_set_cookies_and_count():
    client = create_third_party().test_client()
    for path in (
        "/tallymark/count.js",
        "/tallymark/forgotten.js",
        "/lanternfish/tag.js",
        "/cartolane/map",
    ):
        assert client.get(path).status_code == 200
    cookie = client.get("/tallymark/pixel.gif").headers["Set-Cookie"]
    assert re.fullmatch(
        r"tm_visitor=\w+; Max-Age=\d+; Path=/; Secure; SameSite=None; Partitioned", cookie
    )
    client.get("/tallymark/pixel.gif", headers={"Cookie": "tm_visitor=1"})
    ledger = client.get("/ledger.json").get_json()
    assert ledger["requests"]["/tallymark/pixel.gif"] == 2
    assert ledger["cookies"]["tm_visitor"] == 1
    client.delete("/ledger.json")
    assert client.get("/ledger.json").get_json() == {"requests": {}, "cookies": {}}


@pytest.mark.parametrize(
    ("top", "last"), [(11820, 15000), (31.4, 40), (251, 300), (61.2, 80), (1, 1), (0.2, 0.2)]
)
def test_axes_have_round_ticks(top, last):
    scale = ticks(top)
    assert scale[0] == 0
    assert scale[-1] == pytest.approx(last)
    assert len(scale) <= 6


def test_numbers_and_dates_are_written_as_people_do():
    assert number(11820, "en") == "11,820"
    assert number(31.4, "fr") == "31,4"
    assert number(11820, "fr") == "11\u202f820"
    assert day(DATASETS["air-quality"].updated, "fr") == "2 mai 2026"


# -- The command ------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["--port", "--third-party-port"])
def test_a_taken_port_is_said_clearly(capsys, option):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        arguments = ["--port", "0", option, str(port)]
        assert command.main(arguments) == 1
    assert f"Port {port} is taken by another program." in capsys.readouterr().err


def test_a_port_that_is_none_is_refused(capsys):
    for wrong in ("70000", "x"):
        with pytest.raises(SystemExit):
            command.main(["--port", wrong])
    assert "invalid" in capsys.readouterr().err


def test_the_command_serves_until_it_is_interrupted():
    process = subprocess.Popen(
        [sys.executable, "-m", "examples.portal", "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        first = process.stdout.readline()
        url = re.search(r"http://127\.0\.0\.1:(\d+)", first)
        assert url, first
        with socket.create_connection(("127.0.0.1", int(url.group(1))), 5) as connection:
            connection.sendall(b"GET /en/ HTTP/1.0\r\n\r\n")
            assert b" 200 OK" in connection.recv(100)
        process.terminate()
        assert process.wait(5) == 0
    finally:
        process.kill()
        process.communicate()
