"""First contact: from a policy in Python to ``consent.allows`` in a browser."""

from __future__ import annotations

from tests.site import make_app


def test_accepting_is_one_click_and_the_server_knows_at_once(browser, serve):
    app = make_app()
    app.add_url_rule("/asks", view_func=lambda: str(_allows("statistics")))
    site = serve(app)
    browser.get(site.url)
    assert browser.banner
    browser.click("Accept all")
    browser.until(lambda: not browser.banner)
    browser.get(f"{site.url}/asks")
    assert "True" in browser.one("body").text


def _allows(name: str) -> bool:
    from flask_cookie_consent import consent

    return consent.allows(name)
