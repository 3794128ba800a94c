"""All routes of the blueprint. See ``docs/http.md``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Response, jsonify

from ..policy import Policy
from .choice import keep_no_choice, post_choice, post_clear
from .cors import share
from .embeds import ROUTES
from .files import serve_asset, serve_tag
from .pages import (
    serve_dialog,
    serve_first_layer,
    serve_policy,
    serve_policy_json,
    serve_preferences,
    serve_receipt,
)
from .state import serve_state


def add_routes(blueprint: Blueprint, host: str | None, *, shared: bool) -> None:
    """Adds every route to ``blueprint``.

    :param host: the one that they answer for; ``None``: every one.
    :param shared: whether pages of other origins may use them.
    """
    options: dict[str, Any] = {"host": host} if host else {}
    preflight: list[str] = []
    if shared:
        # Browsers ask beforehand what they may send, whatever Flask's own setting for that is.
        preflight = ["OPTIONS"]
        options["provide_automatic_options"] = True

    def add(rule: str, endpoint: str, view: Callable[..., Response], method: str = "GET") -> None:
        blueprint.add_url_rule(rule, endpoint, view, methods=[method, *preflight], **options)

    add("/banner.js", "tag", serve_tag)
    add("/<stem>-<build>.<any(js, css):ending>", "asset", serve_asset)
    add("/state.css", "state", serve_state)
    add("/dialog", "dialog", serve_dialog)
    add("/first-layer", "first_layer", serve_first_layer)
    add("/preferences", "preferences", serve_preferences)
    add("/policy", "policy", serve_policy)
    add("/policy.json", "policy_json", serve_policy_json)
    add("/receipt", "receipt", serve_receipt)
    add("/choice", "choice", post_choice, "POST")
    add("/clear", "clear", post_clear, "POST")
    for route in ROUTES:
        add(*route)
    blueprint.after_request(keep_no_choice)
    if shared:
        blueprint.after_request(share)


def add_signal_statement(app: Flask, endpoint: str, policy: Policy, host: str | None) -> None:
    """Adds ``/.well-known/gpc.json``, which says that the site heeds Global Privacy Control, unless
    the app has that address already. (W3C, Global Privacy Control, section 4.)"""
    updated = policy.updated
    statement: dict[str, object] = {"gpc": True}
    if updated:
        statement["lastUpdate"] = updated.isoformat()
    options: dict[str, Any] = {"host": host} if host else {}
    app.add_url_rule(
        "/.well-known/gpc.json",
        endpoint,
        lambda: jsonify(statement),
        **options,
    )
