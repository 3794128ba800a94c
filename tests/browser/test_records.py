"""What a visitor sees of the record of their choice (P1, P3, R51, R52)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from flask_cookie_consent.records import schema
from flask_cookie_consent.records.store import Records
from tests.site import make_app, site_of

from .signs import LAST, confirmed, gated, note, round_trip


class Site:
    """A site that keeps records, in a file whose disk can be full."""

    def __init__(self, serve: Any, folder: Path) -> None:
        self.records = Records(f"sqlite:///{folder}/consent.db", wait=20)
        app = make_app(gated("ads", note("ads")) + LAST, records=self.records)
        self.store = site_of(app).store
        self.is_down = False
        sa.event.listen(self.store.engine, "begin", self._refuse)
        self.url = serve(app).url

    def _refuse(self, connection: Any) -> None:
        if self.is_down:
            raise sa.exc.OperationalError("BEGIN", {}, OSError("disk full"))

    @property
    def ids(self) -> list[str]:
        with self.store.engine.connect() as connection:
            return list(connection.execute(sa.select(schema.records.c.id)).scalars())


def test_a_choice_is_recorded_and_its_receipt_is_in_the_preferences(browser, serve, tmp_path):
    """R51: only the visitor's own."""
    site = Site(serve, tmp_path)
    browser.get(site.url)
    browser.click("Accept all")
    id = confirmed(browser)["value"].rpartition(".")[2]
    assert site.ids == [id]
    browser.click("Cookie settings")
    (link,) = browser.until(lambda: browser.find("#fcc-dialog a[download]"))
    assert link.text == "Download your receipt"
    receipt = browser.driver.execute_async_script(
        "const [url, done] = arguments; fetch(url).then((a) => a.json()).then(done)",
        link.get_attribute("href"),
    )
    assert receipt["proof"]["choice"]["entry"]["id"] == id


def test_who_refuses_has_no_receipt(browser, serve, tmp_path):
    site = Site(serve, tmp_path)
    browser.get(site.url)
    browser.click("Reject all")
    confirmed(browser)
    assert len(site.ids) == 1
    browser.get(f"{site.url}/consent/preferences")
    assert not browser.find("a[download]")


def test_while_the_store_is_down_the_choice_holds_and_a_later_page_view_has_it_confirmed(
    browser, serve, tmp_path
):
    """R52"""
    site = Site(serve, tmp_path)
    browser.get(site.url)
    site.is_down = True
    browser.click("Accept all")
    browser.until(lambda: not browser.banner)
    browser.until(lambda: "ads" in browser.ran)
    round_trip(browser)
    pending = browser.consent_cookie
    assert pending[2] == "0"
    site.is_down = False
    browser.until(lambda: site.store.writer.failure is None)
    browser.get(f"{site.url}/other")
    assert not browser.banner
    id = confirmed(browser)["value"].rpartition(".")[2]
    assert id == pending.rpartition(".")[2]
    assert site.ids == [id]
