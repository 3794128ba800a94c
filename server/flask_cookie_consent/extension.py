"""``CookieConsent``: the blueprint that wires everything together."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from flask import Blueprint, Flask, Response, current_app
from flask.blueprints import BlueprintSetupState

from .choice.codec import Choice
from .choice.events import cookie_reported
from .choice.location import Regimes
from .choice.signals import GlobalPrivacyControl, Signal
from .choice.sources import ChoiceSource
from .enforcement.csp import Follow
from .enforcement.gate import CookieReport, Undeclared
from .policy import Policy, Text
from .policy.regimes import OPT_IN, Regime
from .site import Options, Site
from .ui.colors import Colors
from .ui.look import Corner, Placement, Theme
from .ui.messages import Overrides
from .ui.sheets import Scheme
from .ui.site_texts import InLocale
from .web.choice import post_choice, post_clear
from .web.companions import babel_locale, settle_in
from .web.context import consent
from .web.installed import EXTENSION_KEY, SITES_KEY, Installed, checked_host, join
from .web.layer import ConsentLayer, HostLayer, WSGIApp
from .web.requests import page_language, set_choice_cookie
from .web.routes import add_routes, add_signal_statement
from .web.templating import consent_banner, consent_embed, consent_link, consent_policy

if TYPE_CHECKING:
    from sqlalchemy.engine import URL, Engine

    from .records.store import Records


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
    :param scheme: ``"light"`` or ``"dark"`` of a site that is nothing else; by default
        (``"auto"``) the banner is light or dark as the visitor prefers it.
    :param scheme_attribute: of a site with a switch of its own: the attribute of ``<html>`` that
        says ``light`` or ``dark``, alone or among other words, such as ``"data-bs-theme"`` or
        ``"class"``.
    :param colors: the site's own, in place of the theme's. Refused where they could not be read.
    :param reopen: whether every page with the banner has a small button that leads to the
        preferences, in a corner of the bottom edge: ``"end"`` (where lines end), ``"start"``.
    :param first_layer: whether there is one. Without it, visitors are asked only where content
        waits for consent (:func:`consent_embed`), and in the preferences.
    :param language: a function that gives the page's language tag, or ``None``. Without one
        Flask-Babel's locale is used, then the policy's language; never ``Accept-Language``,
        which would bake one visitor's language into a page that a cache keeps.
    :param texts: the site's own wording, see :mod:`.ui.messages`.
    :param translations: folder of gettext catalogues, absolute or below the app's ``root_path``:
        plain texts of the policy are translated by ``<language>/LC_MESSAGES/consent.mo`` in it.
    :param locale: a function that takes a language tag and gives a context manager, within which
        lazy texts of the policy are in that language; by default Flask-Babel's ``force_locale``.
    :param policy_url: address of the site's own policy page; by default ours. ``{language}`` in it
        stands for the language tag.
    :param privacy_policy_url: address of the site's privacy policy, which the banner and the
        preferences then link to, beside the cookie policy; ``{language}`` as there.
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
    :param strict_dynamic: whether the site's Content-Security-Policy has ``'strict-dynamic'``.
        Gated scripts then run only with the page's nonce: the browser trusts whatever a trusted
        script adds, so that markup which somebody has slipped in would run too.
    :param regime: the legal regime that visitors are under, or
        :class:`~.choice.location.Regimes`, which says it for each request
        (:func:`~.choice.location.by_country`).
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
        placement: Placement = "bar",
        theme: Theme = "plain",
        scheme: Scheme = "auto",
        scheme_attribute: str | None = None,
        colors: Colors | None = None,
        reopen: Corner | None = None,
        first_layer: bool = True,
        language: Callable[[], str | None] | None = None,
        texts: Overrides | None = None,
        translations: str | os.PathLike[str] | None = None,
        locale: InLocale | None = None,
        policy_url: str | None = None,
        privacy_policy_url: str | None = None,
        inline: bool = True,
        nonce: Callable[[], str | None] | None = None,
        integrity: bool = False,
        trusted_origins: Collection[str] = (),
        embedded_on: Collection[str] = (),
        source: ChoiceSource | None = None,
        undeclared: Undeclared = "report",
        offer_reload: bool = True,
        csp: Follow = "read",
        strict_dynamic: bool = False,
        regime: Regime | Regimes = OPT_IN,
        signals: Collection[Signal] = (GlobalPrivacyControl(),),
        records: Records | URL | Engine | str | None = None,
        host: str | None = None,
        name: str | None = None,
        url_prefix: str = "/consent",
    ) -> None:
        self.host = checked_host(host)
        #: The options, as they were given.
        self.options = Options(
            placement=placement,
            theme=theme,
            scheme=scheme,
            scheme_attribute=scheme_attribute,
            colors=colors,
            reopen=reopen,
            first_layer=first_layer,
            language=language,
            texts=texts,
            translations=translations,
            locale=locale or babel_locale,
            policy_url=policy_url,
            privacy_policy_url=privacy_policy_url,
            inline=inline,
            nonce=nonce,
            integrity=integrity,
            trusted_origins=trusted_origins,
            embedded_on=embedded_on,
            source=source,
            undeclared=undeclared,
            offer_reload=offer_reload,
            csp=csp,
            strict_dynamic=strict_dynamic,
            regime=regime,
            signals=signals,
            records=records,
            url_prefix=url_prefix,
        )
        self.policy = policy
        name = name or re.sub("[^a-z0-9]", "_", "_".join(filter(None, (EXTENSION_KEY, self.host))))
        super().__init__(name, __name__, url_prefix=url_prefix)
        #: What is the same in every app; also, wrong options are refused now.
        self._common = Site(policy, self.options, self)
        add_routes(self, self.host, shared=bool(self.options.embedded_on))
        self.record(self._install)

    # -- Installing -------------------------------------------------------------------------

    def init_app(self, app: Flask) -> None:
        """Does what ``app.register_blueprint(self)`` does, for those who look for it here."""
        app.register_blueprint(self)

    def wsgi(self, app: WSGIApp) -> ConsentLayer:
        """``app`` inside the layer, for the outermost place: around middleware that wraps the
        Flask app, or around several apps. Installing it twice does no harm."""
        return self._layer(app, Installed(self._common))

    def _layer(
        self, app: WSGIApp, installed: Installed, start: Callable[[], None] | None = None
    ) -> ConsentLayer:
        if self.host:
            return HostLayer(app, installed, self.host, start)
        return ConsentLayer(app, installed, start)

    def _install(self, state: BlueprintSetupState) -> None:
        app = cast("Flask", state.app)
        join(app, self, self.host)
        sites: dict[CookieConsent, Installed] = app.extensions.setdefault(SITES_KEY, {})
        if self in sites:
            return
        site = Site(self.policy, self.options, self, partial(_announce, app))
        endpoint = f"{state.name_prefix}.{state.name}".lstrip(".")
        installed = sites[self] = Installed.in_app(site, app, endpoint)
        start = partial(settle_in, app, (post_choice, post_clear))
        layer = self._layer(app.wsgi_app, installed, start)
        app.wsgi_app = layer  # type: ignore[method-assign]
        app.jinja_env.globals.update(
            consent=consent,
            consent_banner=consent_banner,
            consent_link=consent_link,
            consent_policy=consent_policy,
            consent_embed=consent_embed,
        )
        if site.signals:
            add_signal_statement(app, f"{self.name}_gpc", self.policy, self.host)

    # -- For the site's own code -------------------------------------------------------------

    @property
    def site(self) -> Site:
        """The site of the current app.

        :raises RuntimeError: outside of an app with this ``CookieConsent``.
        """
        sites: dict[CookieConsent, Installed] = current_app.extensions.get(SITES_KEY, {})
        if self not in sites:
            raise RuntimeError(f"app {current_app.name!r} has not registered this CookieConsent")
        return sites[self].site

    @property
    def csp_hashes(self) -> dict[str, list[str]]:
        """By directive, the sources that allow our inline code: add them to the site's
        ``script-src`` and ``style-src``. Constant for a policy, so that pages can be cached."""
        return self._common.csp_hashes

    def say(self, text: Text, language: str | None = None) -> str:
        """A text of the policy, such as ``service.name``, as pages show it.

        :param language: language tag; by default the page's.
        """
        site = self.site
        return site.renderer.texts(page_language(site, language)).say(text)

    def cookie_choice(self, environ: dict[str, Any]) -> Choice | None:
        """The choice in force in the consent cookie of a request: what a ``source`` of your own
        answers for visitors whom it does not know.

        :param environ: the request's WSGI environment.
        """
        return self._common.cookie.read(environ)

    def set_choice_cookie(self, response: Response, choice: Choice) -> None:
        """Sets the consent cookie on ``response``, for what remains of the choice's life."""
        set_choice_cookie(self.site, response, choice)


def _announce(app: Flask, report: CookieReport) -> None:
    cookie_reported.send(app, report=report)
