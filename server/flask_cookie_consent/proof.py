"""From a choice to its record, where a site keeps records (:mod:`.records`, an extra)."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from flask import request
from werkzeug.exceptions import ServiceUnavailable

from .choice import Choice

if TYPE_CHECKING:
    from sqlalchemy.engine import URL, Engine

    from .edition import Edition
    from .events import ChoiceEvent
    from .records.store import Records, Store
    from .site import Site


def checked_records(records: Records | URL | Engine | str | None) -> Records | None:
    """What a site said about its records, as options.

    :raises RuntimeError: if what records need is not installed.
    """
    if records is None:
        return None
    try:
        from .records.store import Records
    except ImportError as error:
        raise RuntimeError(
            f"records: {error.name} is missing; pip install 'flask-cookie-consent[records]'"
        ) from error
    return records if isinstance(records, Records) else Records(records)


def open_store(records: Records, folder: str) -> Store:
    """The store of an app.

    :param folder: the app's instance folder.
    """
    from .records.store import Store

    return Store(records, folder)


def note_shown(store: Store, edition: Edition, language: str, base: str) -> None:
    """Keeps what an edition shows in a language, unless that is kept already. If that fails, a line
    in the log says so: the page is shown all the same."""
    from .records.snapshots import snapshot_row

    name = edition.renderer.snapshot(language)
    try:
        if not store.knows(name):
            store.remember(name, partial(snapshot_row, edition, language, base))
    except Exception as error:
        store.report("what visitors see cannot be kept as a snapshot", error)


def keep_choice(
    site: Site, edition: Edition, event: ChoiceEvent, *, signal: bool
) -> tuple[Choice, bool]:
    """The choice as the server answers it, and whether its record is pending.

    A choice whose record is pending holds, but is not confirmed: the browser sends it again.
    Whatever fails in the store means that it is pending.
    """
    choice = event.choice
    store = site.store
    if store is None:
        return choice.confirm(keep_id=False), False
    if event.snapshot == edition.renderer.snapshot(event.language):
        note_shown(store, edition, event.language, site.base())
    row = _row(edition, event, signal=signal)
    try:
        id = store.keep(row, edition.rules.lifetime)
    except Exception as error:
        store.report("consent records are pending", error)
        id = None
    if id is None:
        return choice, True
    return choice._replace(id=id).confirm(keep_id=True), False


def _row(edition: Edition, event: ChoiceEvent, *, signal: bool) -> dict[str, Any]:
    choice = event.choice
    return {
        "id": choice.id,
        "time": choice.time,
        "method": choice.method,
        "scripted": choice.scripted,
        "signal": signal,
        "granted": choice.granted,
        "refused": choice.refused,
        "snapshot": event.snapshot,
        "language": event.language,
        "regime": edition.regime.id,
        # Of an address only the path is kept: a query may say who somebody is.
        "page": event.page.partition("?")[0] if event.page else None,
        "previous": event.previous_id,
    }


def read_receipt(site: Site, id: str, head_size: int | None = None) -> dict[str, Any] | None:
    """The receipt of the record ``id``, which the visitor's own cookie has to name; ``None`` if
    there is none.

    :param head_size: of the published head that it shall be held against; by default the newest.
    :raises werkzeug.exceptions.ServiceUnavailable: if the store cannot be read.
    """
    from .records.receipts import NoSuchHead, make_receipt
    from .records.statement import Site as Publisher

    if site.store is None:
        return None
    policy, base = site.policy, site.base(external=True)
    said = site.renderer.view(policy.language)
    address = site.renderer.policy_address(policy.language, base)
    publisher = Publisher(
        url=request.root_url,
        controller=said.controller or request.host,
        contact=said.contact or None,
        policy_url=urljoin(request.root_url, address),
        preferences_url=f"{base}preferences",
    )
    own = [regime for regime in site.all_regimes if regime.lifetime]
    try:
        with site.store.reading() as connection:
            return make_receipt(
                connection,
                id,
                site=publisher,
                now=int(time.time()),
                lifetimes={r.id: int(r.lifetime.total_seconds()) for r in own if r.lifetime},
                head_size=head_size,
            )
    except NoSuchHead:
        return None
    except Exception as error:
        site.store.report("a receipt cannot be read", error)
        raise ServiceUnavailable("the receipt cannot be read now; try again later") from error
