"""``CookieConsent``: the blueprint that wires everything together."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Collection
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, cast

from flask import Blueprint, Flask, Response, current_app, has_request_context, request, url_for
from flask.blueprints import BlueprintSetupState
from markupsafe import Markup
from werkzeug.middleware.proxy_fix import ProxyFix

from .assets import Assets
from .caching import Headers
from .choice import Choice
from .choosing import post_choice, post_clear
from .cleaning import Cleaner
from .cli import add_commands
from .colors import Colors
from .context import EXTENSION_KEY, Consent, consent
from .cookie import ConsentCookie, Form
from .csp import FOLLOW, ConsentedSources, Follow
from .declared import DeclaredCookies
from .edition import Edition
from .embedding import checked_origins, is_embedded, share
from .events import cookie_reported
from .gate import CookieReport, Gate, Undeclared
from .hosts import HostLayer, checked_host, join
from .look import Look
from .policy import Policy, Text
from .proof import checked_records, note_shown, open_store
from .regimes import OPT_IN, Regime, Regimes
from .routes import add_routes, add_signal_statement
from .rules import Rules
from .signals import GlobalPrivacyControl, Signal
from .site_texts import InLocale, SiteTexts
from .source import ChoiceSource
from .templating import consent_banner, consent_embed, consent_link, consent_policy
from .texts import Overrides, nearest
from .wsgi import ConsentLayer, WSGIApp

if TYPE_CHECKING:
    from sqlalchemy.engine import URL, Engine

    from .records.store import Records, Store

logger = logging.getLogger("flask_cookie_consent")

#: Key of the WSGI environment under which the visitor's :class:`~.edition.Edition` stands.
_EDITION_KEY = "flask_cookie_consent.edition"

#: Stands in rendered markup for the ``nonce`` attribute, which differs by request.
_NONCE = Markup(' nonce=""')


class CookieConsent(Blueprint):
    """Consent for a Flask app: ``app.register_blueprint(CookieConsent(policy))`` is all.

    Registering serves the banner, the preferences, the policy and the choice under
    ``url_prefix``, adds the Jinja globals ``consent``, ``consent_banner``, ``consent_link``,
    ``consent_policy`` and ``consent_embed``, and puts one layer around ``app.wsgi_app``.

    :param policy: what the site stores on its visitors' devices.
    :param placement: of the first layer: ``"bar"`` (bottom edge), ``"bar-top"``, ``"card"`` (the
        corner at the end of the bottom edge), ``"card-start"``, ``"card-top"``,
        ``"card-top-start"`` or ``"center"``.
    :param theme: how everything looks, by itself in the light and in the dark: ``"plain"``,
        ``"soft"``, ``"compact"``, ``"contrast"``, or ``"inherit"``, which takes the site's type
        and colours.
    :param scheme_attribute: of a site with a switch of its own: the attribute of ``<html>`` that
        says ``light`` or ``dark``, such as ``"data-bs-theme"``.
    :param colors: the site's own, in place of the theme's. Refused where they could not be read.
    :param reopen: whether every page with the banner has a small button that leads to the
        preferences, in a corner of the bottom edge: ``"end"`` (where lines end), ``"start"``.
    :param first_layer: whether there is one. Without it, visitors are asked only where content
        waits for consent (:func:`consent_embed`), and in the preferences.
    :param language: a function that gives the page's language tag, or ``None``. Without one
        Flask-Babel's locale is used, then the policy's language; never ``Accept-Language``,
        which would bake one visitor's language into a page that a cache keeps.
    :param texts: the site's own wording, see :mod:`.texts`.
    :param translations: folder of gettext catalogues, absolute or below the app's ``root_path``:
        plain texts of the policy are translated by ``<language>/LC_MESSAGES/consent.mo`` in it.
    :param locale: a function that takes a language tag and gives a context manager, within which
        lazy texts of the policy are in that language; by default Flask-Babel's ``force_locale``.
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
    :param embedded_on: origins of sites that this app does not serve, whose pages carry our
        script tag. They may send choices, and read what our routes answer.
    :param source: where the choice is read from; by default the consent cookie.
    :param undeclared: what becomes of a cookie of a response that the policy does not declare:
        ``"report"`` (logged once, sent as the signal ``cookie_reported``), ``"drop"`` or
        ``"raise"``, which suits tests.
    :param offer_reload: whether a visitor who withdraws is offered to reload the page: a script
        that runs already cannot be stopped otherwise.
    :param csp: whether the Content-Security-Policy of a response gains the origins of the services
        that its visitor allows: ``"read"`` where the response read consent, ``"always"`` (no shared
        cache can keep such a page then), or ``"off"``.
    :param regime: the legal regime that visitors are under, or :class:`~.regimes.Regimes`, which
        says it for each request (:func:`~.regimes.by_country`).
    :param signals: what a browser can say against the sale or sharing of data. (In scripts, Global
        Privacy Control counts as soon as there is any signal here.)
    :param records: where proof of every choice is kept: the URL of a database, such as
        ``"sqlite:///consent.db"`` (in the app's instance folder), an engine of SQLAlchemy, or
        :class:`~.records.store.Records`. Needs the extra ``records``.
    :param host: the host that this one serves, in an app with ``host_matching`` and several
        sites; each has a ``CookieConsent`` of its own.
    :param name: of the blueprint.
    :param url_prefix: where it answers. Filters of ad blockers know many words; ``/consent`` is
        not among them.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        placement: str = "bar",
        theme: str = "plain",
        scheme_attribute: str | None = None,
        colors: Colors | None = None,
        reopen: Literal["end", "start"] | None = None,
        first_layer: bool = True,
        language: Callable[[], str | None] | None = None,
        texts: Overrides | None = None,
        translations: str | os.PathLike[str] | None = None,
        locale: InLocale | None = None,
        policy_url: str | None = None,
        inline: bool = True,
        nonce: Callable[[], str | None] | None = None,
        integrity: bool = False,
        trusted_origins: Collection[str] = (),
        embedded_on: Collection[str] = (),
        source: ChoiceSource | None = None,
        undeclared: Undeclared = "report",
        offer_reload: bool = True,
        csp: Follow = "read",
        regime: Regime | Regimes = OPT_IN,
        signals: Collection[Signal] = (GlobalPrivacyControl(),),
        records: Records | URL | Engine | str | None = None,
        host: str | None = None,
        name: str | None = None,
        url_prefix: str = "/consent",
    ) -> None:
        self.host = checked_host(host)
        name = name or re.sub("[^a-z0-9]", "_", "_".join(filter(None, (EXTENSION_KEY, self.host))))
        group = f"consent-{self.host}" if self.host else "consent"
        super().__init__(name, __name__, url_prefix=url_prefix, cli_group=group)
        self.policy = policy
        self.signals = tuple(signals)
        self._only_gpc = all(type(signal) is GlobalPrivacyControl for signal in self.signals)
        #: Where regimes differ by visitor; pages are the same for all of them.
        self.regimes = regime if isinstance(regime, Regimes) else None
        self.all_regimes = regimes = regime.all if isinstance(regime, Regimes) else (regime,)
        rules = [Rules(policy, regime) for regime in regimes]
        self.rules = rules[0]
        self.cookie = ConsentCookie(self.rules, max(r.lifetime for r in rules))
        self.overrides: Overrides = texts or {}
        self.site_texts = SiteTexts(translations, locale)
        self.look = look = Look(placement, theme, scheme_attribute, colors, reopen)
        self._editions = {
            r.regime: Edition(
                r,
                self.cookie.forms,
                look=look,
                texts=texts,
                site=self.site_texts,
                policy_url=policy_url,
                first_layer=first_layer,
                signals=bool(self.signals),
            )
            for r in rules
        }
        #: The one that a cached page shows before its script knows the visitor's.
        self.edition = self._editions[regimes[0]]
        self.renderer = self.edition.renderer
        #: Whether a page can show the first layer by itself, and load the script that every
        #: visitor loads. Else the script brings what the visitor's regime needs.
        self.is_plain = (
            self.regimes is None
            and self.edition.regime.mode == "opt-in"
            and not self.rules.told  # which only the script of such a regime knows of
        )
        has_sale = bool(self.signals and self.rules.refused_by_signal)
        #: What a response that read consent varies by.
        self.vary = ("Cookie", "Sec-GPC") if has_sale else ("Cookie",)
        self.embedded_on = checked_origins(embedded_on, self.cookie.form)
        self.trusted_origins = self.embedded_on.union(trusted_origins)
        self.assets = self.edition.assets[self.cookie.form]
        self.inline = inline and self.is_plain
        self.has_reopen = reopen is not None
        self.styles_inline = inline
        self.integrity = integrity
        self.source: ChoiceSource = source or self.cookie
        #: Whether a ``Cookie`` header may come from somebody who refuses something. Of another
        #: source the header does not say it.
        self.may_refuse = self.cookie.may_refuse if source is None else bool
        declared = DeclaredCookies(policy)
        self.gate = Gate(policy, undeclared, self._report_cookie, declared)
        self.cleaner = Cleaner(policy, declared)
        self.offer_reload = offer_reload
        if csp not in FOLLOW:
            raise ValueError(f"csp: found {csp!r}; allowed: {', '.join(map(repr, FOLLOW))}")
        self.csp_always = csp == "always"
        has_origins = any(service.origins for service in policy.services)
        self.sources = ConsentedSources(policy) if has_origins and csp != "off" else None
        self.records = checked_records(records)
        #: Where records are kept, once the app is known.
        self.store: Store | None = None
        self._language = language
        self._nonce = nonce
        # Rendered once per language and mount; bounded, since a proxy's headers may say where
        # the app is mounted.
        self._banner = lru_cache(64)(self._render_banner)
        self._tables = lru_cache(64)(self._render_tables)
        #: The apps it is registered with, and the name that each knows its endpoints by.
        self._apps: dict[Flask, str] = {}
        #: Key of the WSGI environment under which the visitor's :class:`~.context.Consent` stands;
        #: several extensions may see one request, where apps are mounted in each other.
        self.key = f"flask_cookie_consent.{id(self)}"
        self.started = False
        add_routes(self)
        add_commands(self)
        if self.embedded_on:
            self.after_request(share)
        self.record(self._install)

    # -- Installing -------------------------------------------------------------------------

    def init_app(self, app: Flask) -> None:
        """Does what ``app.register_blueprint(self)`` does, for those who look for it here."""
        app.register_blueprint(self)

    def wsgi(self, app: WSGIApp) -> ConsentLayer:
        """``app`` inside the layer, for the outermost place: around middleware that wraps the
        Flask app, or around several apps. Installing it twice does no harm."""
        return HostLayer(app, self) if self.host else ConsentLayer(app, self)

    def _install(self, state: BlueprintSetupState) -> None:
        app = cast("Flask", state.app)
        join(app, self)
        if app in self._apps:
            return
        self.site_texts.load(app)
        self._apps[app] = f"{state.name_prefix}.{state.name}".lstrip(".")
        self.started = False
        if self.records is not None and self.store is None:
            self.store = open_store(self.records, app.instance_path)
        app.wsgi_app = self.wsgi(app.wsgi_app)  # type: ignore[method-assign]
        app.jinja_env.globals.update(
            consent=consent,
            consent_banner=consent_banner,
            consent_link=consent_link,
            consent_policy=consent_policy,
            consent_embed=consent_embed,
        )
        if self.signals:
            add_signal_statement(self, app)

    def start(self) -> None:
        """What can be done only once all extensions are there: at the first request."""
        self.started = True
        for app in self._apps:
            if (csrf := app.extensions.get("csrf")) is not None and hasattr(csrf, "exempt"):
                # Flask-WTF would answer 400: our view checks where a request comes from itself.
                csrf.exempt(post_choice)
                csrf.exempt(post_clear)
            outermost: WSGIApp = app.wsgi_app
            while isinstance(outermost, ProxyFix):  # it sets no header that could be missed
                outermost = outermost.app
            if not isinstance(outermost, ConsentLayer):
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
        form = self.cookie.form_for(request.environ)
        markup = self._banner(language, self.base(), form)
        return markup.replace(_NONCE, self.nonce_attribute())

    def request_assets(self) -> Assets:
        """The files for pages of this request's scheme and host, and for its visitor's regime."""
        edition = self.edition_for(request.environ)
        return edition.assets[self.cookie.form_for(request.environ)]

    @property
    def editions(self) -> Collection[Edition]:
        """One for each regime."""
        return self._editions.values()

    def edition_for(self, environ: dict[str, Any]) -> Edition:
        """The edition for the visitor who makes a request."""
        if self.regimes is None:
            return self.edition
        found = environ.get(_EDITION_KEY)
        if found is None or found.rules.policy is not self.policy:
            found = environ[_EDITION_KEY] = self._editions[self.regimes.of(environ)]
        return cast("Edition", found)

    def has_signal(self, environ: dict[str, Any]) -> bool:
        """Whether a request sends a signal against the sale or sharing of data."""
        if self._only_gpc and "HTTP_SEC_GPC" not in environ:
            return False  # of nearly every request
        return any(signal.refuses(environ) for signal in self.signals)

    def note_shown(self, edition: Edition, language: str, base: str) -> None:
        """Keeps what visitors see, if records are kept."""
        if self.store is not None:
            note_shown(self.store, edition, language, base)

    def _render_banner(self, language: str, base: str, form: Form) -> Markup:
        self.note_shown(self.edition, language, base)
        assets = self.edition.assets[form]
        script = assets.core if self.inline else assets.styled
        return self.renderer.banner(
            language,
            base,
            inline=self.inline,
            scripted=not self.is_plain,
            css=assets.first_css,
            script=assets.inline_script,
            bundle=script.name if self.is_plain else f"banner.js?language={language}",
            integrity=self._integrity(script.sha256),
            more=assets.more.name if self.inline else None,
            more_integrity=self._integrity(assets.more.sha256),
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
            "inline": self.styles_inline,
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

    def say(self, text: Text, language: str | None = None) -> str:
        """A text of the policy, such as ``service.name``, as pages show it.

        :param language: language tag; by default the page's.
        """
        return self.renderer.texts(self.page_language(language)).say(text)

    def base(self, *, external: bool = False) -> str:
        """The address under which the blueprint answers, as this request's pages see it.

        :param external: whether with scheme and host, for pages of other origins.
        """
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        return url_for(f"{self._apps[app]}.choice", _external=external).removesuffix("choice")

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
        scripts: dict[str, None] = {}  # each once: the forms of the cookie share some
        for assets in self.edition.assets.values():
            scripts |= dict.fromkeys(assets.script_hashes)
        return {
            "script-src": [f"'{source}'" for source in scripts],
            "style-src": [f"'{source}'" for source in self.assets.style_hashes],
        }

    # -- The choice -------------------------------------------------------------------------

    def set_choice_cookie(self, response: Response, choice: Choice) -> None:
        """Sets the consent cookie on ``response``, for what remains of the choice's life."""
        for cookie in self.cookie.set(request.environ, choice, embedded=is_embedded()):
            response.headers.add("Set-Cookie", cookie)

    def clean_up(self, consent: Consent, environ: dict[str, Any]) -> Headers:
        """The headers that expire cookies which this request carries and its visitor refuses."""
        seen = self.cleaner.optional(environ.get("HTTP_COOKIE", ""))
        if not (seen or consent.adopted) or not consent.refuses():
            return []
        # Nobody sets cookies for our own addresses: more names fit without their paths.
        ours = has_request_context() and request.blueprint in self._apps.values()
        cookies = self.cleaner.clean(
            environ, consent.load(), at_root=ours, elsewhere=consent.adopted
        )
        return [("Set-Cookie", cookie) for cookie in cookies]
