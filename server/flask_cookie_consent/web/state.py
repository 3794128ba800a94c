"""The style sheet for visitors without JavaScript. It shows them the right state, and it is the one
request of theirs that can keep a record and set the cookie: what it stores, it stores on a GET.
"""

from __future__ import annotations

import time

from flask import Response

from ..choice.codec import Choice, new_id
from ..site import Site
from ..ui.assets import CSS
from .context import consent, current_notice
from .installed import current_site
from .recording import keep_choice
from .requests import choice_event, keep_private, own_language, set_choice_cookie


def serve_state() -> Response:
    """The stylesheet that shows the first layer where scripts are off: only visitors without
    JavaScript ever ask for it, so even a page from a public cache shows them the right state.

    Should a script take the ``<noscript>`` apart (Turbo does), nothing comes of it: as soon as
    our script has touched ``hidden``, its value is empty. So it may be from the start, where
    something between us and the visitor minifies pages; newer browsers then go by their own
    ``scripting``.
    """
    site = current_site()
    css = ""
    if consent.unasked:
        reopen = site.options.reopen is not None
        css = _shown("#fcc[hidden=hidden]", reopen=reopen)
        css += f"@media(scripting:none){{{_shown('#fcc[hidden]', reopen=reopen)}}}"
    if not site.banner.inline and (css or site.options.reopen is not None):
        css = site.assets.first_css + css
    response = Response(css, content_type=CSS)
    before = consent.choice
    if (choice := _to_keep(site)) is not None:
        event = choice_event(
            choice,
            language=own_language(site),
            previous_id=before.id if before and before.id != choice.id else None,
        )
        answer, _ = keep_choice(site, current_notice(), event, signal=consent.signal)
        set_choice_cookie(site, response, answer)
    return keep_private(response)


def _shown(layer: str, *, reopen: bool) -> str:
    """The rules that show the first layer, and hide the button to the preferences meanwhile."""
    css = f"{layer}{{display:block!important}}"
    return css + f"{layer}~:is(#fcc-reopen,noscript){{display:none!important}}" if reopen else css


def _to_keep(site: Site) -> Choice | None:
    """What only this request can put down of a visitor without JavaScript: a signal, or a choice
    whose record was pending when its form was sent."""
    rules = current_notice().rules
    kept = consent.choice
    if consent.signal and rules.keeps_signal(kept):
        return rules.honour(kept or Choice(int(time.time()), "gpc", scripted=False))._replace(
            id=new_id()
        )
    if site.store and kept and kept.id and not (kept.confirmed or kept.scripted):
        return kept
    return None
