"""What can be done only once the app is complete: at its first request."""

from __future__ import annotations

import logging

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from .choosing import post_choice, post_clear
from .wsgi import ConsentLayer, WSGIApp

logger = logging.getLogger("flask_cookie_consent")


def settle_in(app: Flask) -> None:
    """Comes to terms with what else ``app`` has: Flask-WTF, and middleware."""
    if (csrf := app.extensions.get("csrf")) is not None and hasattr(csrf, "exempt"):
        # Flask-WTF would answer 400: our view checks where a request comes from itself.
        csrf.exempt(post_choice)
        csrf.exempt(post_clear)
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
