"""Ready declarations for what Flask and its usual companions store themselves.

Each gives a necessary :class:`~flask_cookie_consent.policy.Service` for a policy::

    Policy(services=[flask_session(), flask_login_remember(), ...])

What an application *keeps* in these cookies is its own doing: a session that also counts visits
or remembers adverts is not necessary any more, and needs a declaration of its own.
"""

from __future__ import annotations

from datetime import timedelta

from .durations import Duration
from .model import Cookie, Service

#: Flask-Login's default for ``REMEMBER_COOKIE_DURATION``.
REMEMBER_DURATION = timedelta(days=365)


def flask_session(
    name: str = "session",
    *,
    provider: str = "",
    duration: timedelta | str | Duration | None = "session",
    domain: str | None = None,
    path: str = "/",
) -> Service:
    """Flask's session cookie; also Flask-Session's, which has the same name.

    :param name: ``SESSION_COOKIE_NAME``.
    :param provider: who runs the site.
    :param duration: for sessions that the application makes permanent, its
        ``PERMANENT_SESSION_LIFETIME`` (Flask's default is 31 days).
    :param domain: ``SESSION_COOKIE_DOMAIN``.
    :param path: ``SESSION_COOKIE_PATH``.
    """
    return _necessary(
        "Session",
        "session",
        provider,
        Cookie(
            name,
            purpose="Keeps you signed in and remembers what you entered from page to page",
            duration=duration,
            domain=domain,
            path=path,
            http_only=True,
        ),
    )


def flask_login_remember(
    name: str = "remember_token",
    *,
    provider: str = "",
    duration: timedelta | str | Duration | None = REMEMBER_DURATION,
    domain: str | None = None,
    path: str = "/",
) -> Service:
    """Flask-Login's "remember me" cookie, set when a visitor asks to stay signed in.

    :param name: ``REMEMBER_COOKIE_NAME``.
    :param provider: who runs the site.
    :param duration: ``REMEMBER_COOKIE_DURATION``.
    :param domain: ``REMEMBER_COOKIE_DOMAIN``.
    :param path: ``REMEMBER_COOKIE_PATH``.
    """
    return _necessary(
        "Stay signed in",
        "remember-me",
        provider,
        Cookie(
            name,
            purpose="Keeps you signed in after you close the browser, because you asked for it",
            duration=duration,
            domain=domain,
            path=path,
            http_only=True,
        ),
    )


def csrf_token(
    name: str = "csrf_token",
    *,
    provider: str = "",
    duration: timedelta | str | Duration | None = "session",
    domain: str | None = None,
    path: str = "/",
) -> Service:
    """A cookie with a token against forged requests.

    Flask-WTF needs none: it keeps its token in the session (:func:`flask_session`). Extensions
    and front ends that compare a cookie with a header do.

    :param name: of the cookie.
    :param provider: who runs the site.
    """
    return _necessary(
        "Form protection",
        "csrf",
        provider,
        Cookie(
            name,
            purpose="Makes sure that what is sent in your name comes from this site’s own pages",
            duration=duration,
            domain=domain,
            path=path,
        ),
    )


def _necessary(name: str, id: str, provider: str, cookie: Cookie) -> Service:
    return Service(name, id=id, category="necessary", provider=provider, cookies=(cookie,))
