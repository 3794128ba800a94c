"""Everything that knows of other extensions: Flask-WTF, Flask-Babel, Flask-Talisman, ProxyFix."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, current_app, has_app_context, request
from werkzeug.middleware.proxy_fix import ProxyFix

from ..ui.site_texts import no_locale
from .layer import ConsentLayer, WSGIApp

logger = logging.getLogger("flask_cookie_consent")


def settle_in(app: Flask, exempt: Collection[Callable[..., Any]]) -> None:
    """Comes to terms with what else ``app`` has, once it is complete: at its first request.

    :param exempt: views that take forms without the app's own token against forged requests.
    """
    if (csrf := app.extensions.get("csrf")) is not None and hasattr(csrf, "exempt"):
        # Flask-WTF would answer 400: our views check where a request comes from themselves.
        for view in exempt:
            csrf.exempt(view)
    outermost: WSGIApp = app.wsgi_app
    while isinstance(outermost, ProxyFix):  # it sets no header that could be missed
        outermost = outermost.app
    if not isinstance(outermost, ConsentLayer):
        logger.warning(
            "app.wsgi_app of %r was wrapped after CookieConsent was registered: what that "
            "middleware sets is not seen. Wrap it yourself: "
            "app.wsgi_app = cookie_consent.wsgi(app.wsgi_app)",
            app.name,
        )


def _has_babel() -> bool:
    return has_app_context() and "babel" in current_app.extensions


def babel_language() -> str | None:
    """The language tag of Flask-Babel's locale, where it is installed."""
    if not _has_babel():
        return None
    from flask_babel import get_locale

    return str(get_locale())


@contextmanager
def babel_locale(language: str) -> Iterator[None]:
    """The locale of ``language`` in Flask-Babel.

    :raises RuntimeError: where it is not installed.
    """
    if not _has_babel():
        with no_locale(language):
            return
    from flask_babel import force_locale

    with force_locale(language.replace("-", "_")):
        yield


def talisman_nonce() -> str | None:
    """The nonce that Flask-Talisman has given the request, where it is installed."""
    return getattr(request, "csp_nonce", None)
