"""From a choice to its record, where a site keeps records (:mod:`..records`, an extra)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from flask import request
from werkzeug.exceptions import ServiceUnavailable

from ..choice.codec import Choice, new_id
from ..proof.record import Record
from .requests import base

if TYPE_CHECKING:
    from ..choice.events import ChoiceEvent
    from ..site import Site
    from ..ui.notice import Notice


def keep_choice(
    site: Site, notice: Notice, event: ChoiceEvent, *, signal: bool
) -> tuple[Choice, bool]:
    """The choice as the server answers it, and whether its record is pending.

    A choice whose record is pending holds, but is not confirmed: the browser sends it again.
    Whatever fails in the store means that it is pending.
    """
    choice = event.choice
    store = site.store
    if store is None:
        return choice.confirm(keep_id=False), False
    if event.snapshot == notice.renderer.snapshot(event.language):
        store.keep_shown(notice, event.language, base())
    record = _record(notice, event, signal=signal)
    try:
        id = store.keep(record, notice.rules.lifetime)
    except Exception as error:
        store.report("consent records are pending", error)
        id = None
    if id is None:
        return choice, True
    return choice._replace(id=id).confirm(keep_id=True), False


def _record(notice: Notice, event: ChoiceEvent, *, signal: bool) -> Record:
    choice = event.choice
    return Record(
        id=choice.id or new_id(),
        time=choice.time,
        stored=0,
        method=choice.known_method,
        scripted=choice.scripted,
        signal=signal,
        granted=choice.granted,
        refused=choice.refused,
        snapshot=event.snapshot,
        language=event.language,
        regime=notice.regime.id,
        # Of an address only the path is kept: a query may say who somebody is.
        page=event.page.partition("?")[0] if event.page else None,
        previous=event.previous_id,
    )


def read_receipt(site: Site, id: str, head_size: int | None = None) -> dict[str, Any] | None:
    """The receipt of the record ``id``, which the visitor's own cookie has to name; ``None`` if
    there is none.

    :param head_size: of the published head that it shall be held against; by default the newest.
    :raises werkzeug.exceptions.ServiceUnavailable: if the store cannot be read.
    """
    from ..proof.statement import Publisher
    from ..records.evidence.receipts import NoSuchHead, make_receipt

    if site.store is None:
        return None
    policy, ours = site.policy, base(external=True)
    said = site.renderer.view(policy.language)
    address = site.renderer.policy_address(policy.language, ours)
    publisher = Publisher(
        url=request.root_url,
        controller=said.controller or request.host,
        contact=said.contact or None,
        policy_url=urljoin(request.root_url, address),
        preferences_url=f"{ours}preferences",
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
