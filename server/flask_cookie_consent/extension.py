"""``CookieConsent``: the blueprint that wires everything together."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Any, cast
from urllib.parse import quote

from flask import Blueprint, Flask, Response, current_app, request, url_for
from flask.blueprints import BlueprintSetupState
from markupsafe import Markup
from werkzeug.http import dump_cookie
from werkzeug.sansio.utils import get_host

from .assets import Assets, sha256_source
from .caching import Headers
from .choice import Choice, CookieReader, split_tokens
from .context import EXTENSION_KEY, consent
from .events import cookie_reported
from .gate import CookieReport, Gate, Undeclared
from .policy import Policy
from .render import Renderer
from .source import ChoiceSource, CookieSource
from .templating import consent_banner, consent_link, consent_policy
from .texts import Overrides, nearest
from .twins import deletions
from .views import add_routes, post_choice
from .wsgi import ConsentLayer, WSGIApp

logger = logging.getLogger("flask_cookie_consent")

#: Stands in rendered markup for the ``nonce`` attribute, which differs by request.
_NONCE = Markup(' nonce=""')


class CookieConsent(Blueprint):
    """Consent for a Flask app: ``app.register_blueprint(CookieConsent(policy))`` is all.

    Registering serves the banner, the preferences, the policy and the choice under
    ``url_prefix``, adds the Jinja globals ``consent``, ``consent_banner``, ``consent_link`` and
    ``consent_policy``, and puts one layer around ``app.wsgi_app``.

    :param policy: what the site stores on its visitors' devices.
    :param placement: of the first layer: ``"bar"`` (bottom edge), ``"card"`` (bottom corner) or
        ``"center"``.
    :param language: a function that gives the page's language tag, or ``None``. Without one
        Flask-Babel's locale is used, then the policy's language; never ``Accept-Language``,
        which would bake one visitor's language into a page that a cache keeps.
    :param texts: the site's own wording, see :mod:`.texts`.
    :param policy_url: address of the site's own policy page; by default ours. ``{language}`` in it
        stands for the language tag.
    :param inline: whether pages may carry inline style and script. ``False`` is for a
        Content-Security-Policy of ``default-src 'self'`` alone; the banner then comes one
        script later.
    :param nonce: a function that gives the nonce of the page's Content-Security-Policy. Without
        one Flask-Talisman's is used where it is installed. A nonce is for pages that no cache
        keeps; for others allow :attr:`csp_hashes`.
    :param integrity: whether script tags carry their hash, which a ``script-src`` of hashes
        without ``'self'`` needs. A page that is older than the script then gets none.
    :param trusted_origins: other origins whose pages may send choices
        (``"https://www.example.org"``).
    :param source: where the choice is read from; by default the consent cookie.
    :param undeclared: what becomes of a cookie of a response that the policy does not declare:
        ``"report"`` (logged once, sent as the signal ``cookie_reported``), ``"drop"`` or
        ``"raise"``, which suits tests.
    :param name: of the blueprint.
    :param url_prefix: where it answers. Filters of ad blockers know many words; ``/consent`` is
        not among them.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        placement: str = "bar",
        language: Callable[[], str | None] | None = None,
        texts: Overrides | None = None,
        policy_url: str | None = None,
        inline: bool = True,
        nonce: Callable[[], str | None] | None = None,
        integrity: bool = False,
        trusted_origins: Collection[str] = (),
        source: ChoiceSource | None = None,
        undeclared: Undeclared = "report",
        name: str = "cookie_consent",
        url_prefix: str = "/consent",
    ) -> None:
        super().__init__(name, __name__, url_prefix=url_prefix)
        self.policy = policy
        self.renderer = Renderer(policy, texts=texts, policy_url=policy_url)
        self.rules = self.renderer.rules
        self.assets = Assets(self.renderer, placement)
        self.inline = inline
        self.integrity = integrity
        self.trusted_origins = frozenset(trusted_origins)
        lifetime = int(policy.lifetime.total_seconds())
        self.reader = CookieReader(policy.cookie_name, lifetime)
        self.source: ChoiceSource = source or CookieSource(self.reader)
        self.gate = Gate(policy, undeclared, self._report_cookie)
        self._language = language
        self._nonce = nonce
        # Rendered once per language and mount; bounded, since a proxy's headers may say where
        # the app is mounted.
        self._banner = lru_cache(64)(self._render_banner)
        self._tables = lru_cache(64)(self._render_tables)
        #: The apps it is registered with, and the name that each knows its endpoints by.
        self._apps: dict[Flask, str] = {}
        self.started = False
        add_routes(self)
        self.record(self._install)

    # -- Installing -------------------------------------------------------------------------

    def init_app(self, app: Flask) -> None:
        """Does what ``app.register_blueprint(self)`` does, for those who look for it here."""
        app.register_blueprint(self)

    def wsgi(self, app: WSGIApp) -> ConsentLayer:
        """``app`` inside the layer, for the outermost place: around middleware that wraps the
        Flask app, or around several apps. Installing it twice does no harm."""
        return ConsentLayer(app, self)

    def _install(self, state: BlueprintSetupState) -> None:
        app = cast("Flask", state.app)
        if app.extensions.setdefault(EXTENSION_KEY, self) is not self:
            raise RuntimeError(
                f"app {app.name!r} has a CookieConsent already; one app has one policy"
            )
        if app in self._apps:
            return
        self._apps[app] = f"{state.name_prefix}.{state.name}".lstrip(".")
        self.started = False
        app.wsgi_app = self.wsgi(app.wsgi_app)  # type: ignore[method-assign]
        app.jinja_env.globals.update(
            consent=consent,
            consent_banner=consent_banner,
            consent_link=consent_link,
            consent_policy=consent_policy,
        )

    def start(self) -> None:
        """What can be done only once all extensions are there: at the first request."""
        self.started = True
        for app in self._apps:
            if (csrf := app.extensions.get("csrf")) is not None and hasattr(csrf, "exempt"):
                # Flask-WTF would answer 400: our view checks where a request comes from itself.
                csrf.exempt(post_choice)
            if not isinstance(app.wsgi_app, ConsentLayer):
                logger.warning(
                    "app.wsgi_app of %r was wrapped after CookieConsent was registered: what "
                    "that middleware sets is not seen. Wrap it yourself: "
                    "app.wsgi_app = cookie_consent.wsgi(app.wsgi_app)",
                    app.name,
                )

    def _report_cookie(self, report: CookieReport) -> None:
        if report.problem == "undeclared":
            said = "no service of the policy declares it"
        else:
            said = "it lives longer than the policy says"
        logger.warning("%s sets the cookie %r: %s", report.where, report.name, said)
        cookie_reported.send(self, report=report)

    # -- What pages show --------------------------------------------------------------------

    def banner(self, language: str) -> Markup:
        """The markup of ``consent_banner()``."""
        return self._banner(language, self.base()).replace(_NONCE, self.nonce_attribute())

    def _render_banner(self, language: str, base: str) -> Markup:
        assets = self.assets
        script = assets.core if self.inline else assets.styled
        return self.renderer.banner(
            language,
            base,
            inline=self.inline,
            css=assets.first_css,
            script=assets.inline_script,
            bundle=script.name,
            integrity=self._integrity(script.sha256),
            panel=assets.panel.name if self.inline else None,
            panel_integrity=self._integrity(assets.panel.sha256),
            nonce=_NONCE,
        )

    def policy_tables(self, language: str) -> Markup:
        """The markup of ``consent_policy()``."""
        return self._tables(language, self.base()).replace(_NONCE, self.nonce_attribute())

    def _render_tables(self, language: str, base: str) -> Markup:
        return self.renderer.policy_tables(language, base, **self.page_style(_NONCE))

    def page_style(self, nonce: Markup) -> dict[str, Any]:
        """How our pages carry their style: inline, or by the address of a file."""
        return {
            "css": self.assets.page_css,
            "css_file": self.assets.page.name,
            "inline": self.inline,
            "nonce": nonce,
        }

    def page_language(self, language: str | None = None) -> str:
        """The language of a page: ``language``, else what the site's own function says, else
        Flask-Babel's locale, else the policy's. The nearest one that we have."""
        found = nearest(language) if language else None
        if not found and self._language and (own := self._language()):
            found = nearest(own)
        if not found and "babel" in current_app.extensions:
            from flask_babel import get_locale

            found = nearest(str(get_locale()))
        return found or self.policy.language

    def base(self) -> str:
        """The address under which the blueprint answers, as this request's pages see it."""
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        return url_for(f"{self._apps[app]}.choice").removesuffix("choice")

    def nonce_attribute(self) -> Markup:
        """The ``nonce`` attribute for this request's page, or nothing."""
        nonce = self._nonce() if self._nonce else getattr(request, "csp_nonce", None)
        return Markup(' nonce="{}"').format(nonce) if nonce else Markup("")

    def _integrity(self, sha256: str) -> Markup:
        return Markup(f' integrity="{sha256}"' if self.integrity else "")

    @property
    def csp_hashes(self) -> dict[str, list[str]]:
        """By directive, the sources that allow our inline code: add them to the site's
        ``script-src`` and ``style-src``. Constant for a policy, so that pages can be cached."""
        assets = self.assets
        scripts = (sha256_source(assets.inline_script), assets.core.sha256, assets.panel.sha256)
        styles = (sha256_source(assets.first_css), assets.page.sha256)
        return {
            "script-src": [f"'{source}'" for source in scripts],
            "style-src": [f"'{source}'" for source in styles],
        }

    # -- The choice -------------------------------------------------------------------------

    def set_choice_cookie(self, response: Response, choice: Choice) -> None:
        """Sets the consent cookie on ``response``, for what remains of the choice's life."""
        response.headers.add("Set-Cookie", self._cookie(choice, secure=request.is_secure))

    def settle_twins(self, environ: dict[str, Any], headers: Headers) -> Headers:
        """``headers`` with what makes one cookie of several: twins are expired, and the one that
        remains says what they said together, unless the response sets a new one already."""
        secure = environ["wsgi.url_scheme"] == "https"
        host = get_host(environ["wsgi.url_scheme"], environ.get("HTTP_HOST"))
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        name = self.policy.cookie_name
        cookies = deletions(
            name, host.partition(":")[0], quote(path.encode("latin-1")), secure=secure
        )
        is_set = any(
            key.lower() == "set-cookie" and value.startswith(f"{name}=") for key, value in headers
        )
        choice = self.reader.read(environ["HTTP_COOKIE"], int(time.time()))
        if choice is not None and not is_set:
            # What twins refuse together may be more than browsers keep in one cookie.
            granted, refused = self.rules.fit(*map(split_tokens, (choice.granted, choice.refused)))
            choice = choice._replace(granted=granted, refused=refused)
            cookies.append(self._cookie(choice, secure=secure))
        return [*(("Set-Cookie", cookie) for cookie in cookies), *headers]

    def _cookie(self, choice: Choice, *, secure: bool) -> str:
        age = int(time.time()) - choice.time
        return dump_cookie(
            self.policy.cookie_name,
            choice.encode(),
            max_age=max(self.reader.lifetime - age, 0),
            path="/",
            secure=secure,
            samesite="Lax",
        )
