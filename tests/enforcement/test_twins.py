"""Consent cookies in several copies (R72): read together, settled into one."""

from __future__ import annotations

import time

import pytest
from werkzeug.http import parse_cookie

from flask_cookie_consent import Choice, consent
from tests.site import make_app, policy

TOKENS = policy().tokens
YES = Choice(
    int(time.time()), "accept", TOKENS["ads"] + TOKENS["insight"], "", confirmed=True
).encode()
NO = Choice(int(time.time()), "save", TOKENS["insight"], TOKENS["ads"], confirmed=True).encode()


@pytest.fixture
def app():
    app = make_app()
    app.add_url_rule("/shop/cart", "cart", lambda: str(consent.allows("ads")))
    app.add_url_rule("/still", "still", lambda: "no reading")
    return app


def set_cookies(response) -> list[str]:
    return response.headers.getlist("Set-Cookie")


def get(app, path, cookies, base_url="http://data.example.org/"):
    return app.test_client(use_cookies=False).get(
        path, base_url=base_url, headers={"Cookie": cookies}
    )


def test_the_most_restrictive_answer_counts(app):
    assert get(app, "/shop/cart", f"consent={YES}").text == "True"
    assert get(app, "/shop/cart", f"consent={YES}; consent={NO}").text == "False"
    assert get(app, "/shop/cart", f"consent={NO}; consent={YES}").text == "False"


def test_twins_of_other_paths_and_domains_are_expired(app):
    found = set_cookies(get(app, "/shop/cart", f"consent={NO}; consent={YES}"))
    deleted = [c for c in found if "Max-Age=0" in c]
    assert any("Path=/shop;" in f"{c};" for c in deleted)
    assert any("Path=/shop/cart;" in f"{c};" for c in deleted)
    for domain in ("data.example.org", "example.org"):
        assert any(f"Domain={domain};" in f"{c};" and "Path=/;" in f"{c};" for c in deleted)
    assert not any("Domain=org;" in f"{c};" for c in deleted)
    assert not any("Path=/;" in f"{c};" and "Domain" not in c for c in deleted)


def test_the_one_that_remains_says_what_they_said_together(app):
    found = set_cookies(get(app, "/shop/cart", f"consent={YES}; consent={NO}"))
    kept = [c for c in found if "Max-Age=0" not in c]
    assert len(kept) == 1
    value = parse_cookie(kept[0])["consent"]
    assert get(app, "/shop/cart", f"consent={value}").text == "False"


def test_a_partitioned_twin_is_expired_where_there_can_be_one(app):
    https = get(app, "/shop/cart", f"consent={NO}; consent={YES}", "https://data.example.org/")
    assert [c for c in set_cookies(https) if "Partitioned" in c]
    http = get(app, "/shop/cart", f"consent={NO}; consent={YES}")
    assert not [c for c in set_cookies(http) if "Partitioned" in c]


def test_a_new_choice_is_not_overwritten_by_the_old_ones(app):
    response = app.test_client(use_cookies=False).post(
        "/consent/choice",
        data={"answer": "accept", "asked": TOKENS["ads"]},
        headers={"Cookie": f"consent={NO}; consent={NO}"},
    )
    assert len([c for c in set_cookies(response) if "Max-Age=0" not in c]) == 1


def test_one_cookie_or_a_page_that_reads_nothing_sets_nothing(app):
    assert set_cookies(get(app, "/shop/cart", f"consent={YES}; xconsent={YES}")) == []
    assert set_cookies(get(app, "/still", f"consent={YES}; consent={NO}")) == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_an_address_or_a_single_name_has_no_parent_domains(app, host):
    found = set_cookies(get(app, "/shop/cart", f"consent={YES}; consent={NO}", f"http://{host}/"))
    assert found
    assert not [c for c in found if "Domain=" in c]


def test_deletions_stay_few_however_deep_the_path(app):
    app.add_url_rule("/<path:p>", "any", lambda p: str(consent.given))
    found = set_cookies(get(app, "/a" * 300, f"consent={YES}; consent={NO}"))
    assert len(found) > 1
    assert sum(len(f"Set-Cookie: {cookie}\r\n") for cookie in found) < 4096 - 200


def test_a_neighbours_cookie_of_that_name_is_no_twin(app):
    """Another program's, on the domain above."""
    for other in ("yes", "1", "%7B%22a%22%3Atrue%7D"):
        assert set_cookies(get(app, "/shop/cart", f"consent={YES}; consent={other}")) == []
        assert get(app, "/shop/cart", f"consent={other}; consent={YES}").text == "True"


def test_the_consent_cookie_of_a_neighbour_with_another_policy_stays(app):
    """It answers for services that this site has not."""
    theirs = Choice(int(time.time()), "accept", "zzz" + TOKENS["ads"], "", confirmed=True).encode()
    found = set_cookies(get(app, "/shop/cart", f"consent={YES}; consent={theirs}"))
    assert not [c for c in found if "Domain=" in c]
    assert [c for c in found if "Path=/shop/cart;" in f"{c};"]
