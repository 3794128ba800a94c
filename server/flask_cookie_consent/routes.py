"""All routes of the blueprint. See ``docs/http.md``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, jsonify

from .choosing import keep_no_choice, post_choice, post_clear
from .embeds import ROUTES
from .files import serve_asset, serve_state, serve_tag
from .views import serve_dialog, serve_policy, serve_policy_json, serve_preferences, serve_receipt

if TYPE_CHECKING:
    from .extension import CookieConsent


def add_routes(extension: CookieConsent) -> None:
    """Adds every route to the blueprint ``extension``."""
    options: dict[str, Any] = {"host": extension.host} if extension.host else {}
    preflight: list[str] = []
    if (
        extension.options.embedded_on
    ):  # browsers ask beforehand what they may send, whatever Flask's
        preflight = ["OPTIONS"]  # own setting for such questions is
        options["provide_automatic_options"] = True

    def add(rule: str, endpoint: str, view: Callable[..., Response], method: str = "GET") -> None:
        extension.add_url_rule(rule, endpoint, view, methods=[method, *preflight], **options)

    add("/banner.js", "tag", serve_tag)
    add("/<stem>-<build>.<any(js, css):ending>", "asset", serve_asset)
    add("/state.css", "state", serve_state)
    add("/dialog", "dialog", serve_dialog)
    add("/preferences", "preferences", serve_preferences)
    add("/policy", "policy", serve_policy)
    add("/policy.json", "policy_json", serve_policy_json)
    add("/receipt", "receipt", serve_receipt)
    add("/choice", "choice", post_choice, "POST")
    add("/clear", "clear", post_clear, "POST")
    for route in ROUTES:
        add(*route)
    extension.after_request(keep_no_choice)


def add_signal_statement(extension: CookieConsent, app: Flask) -> None:
    """Adds ``/.well-known/gpc.json``, which says that the site heeds Global Privacy Control, unless
    the app has that address already. (W3C, Global Privacy Control, section 4.)"""
    updated = extension.policy.updated
    statement: dict[str, object] = {"gpc": True}
    if updated:
        statement["lastUpdate"] = updated.isoformat()
    options: dict[str, Any] = {"host": extension.host} if extension.host else {}
    app.add_url_rule(
        "/.well-known/gpc.json",
        f"{extension.name}_gpc",
        lambda: jsonify(statement),
        **options,
    )
