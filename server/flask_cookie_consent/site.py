"""``Site``: one site, ready: its policy and options, and what belongs to the app that it serves."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from flask import Response, current_app, has_request_context, request, url_for
from markupsafe import Markup

from .assets import Assets
from .choice import Choice, decode, is_id, new_id, split_tokens
from .cleaning import Cleaner, Leftovers
from .colors import Colors
from .context import Consent, current_consent, exchange_of
from .cookie import ConsentCookie, Form
from .csp import FOLLOW, ConsentedSources, Follow
from .declared import DeclaredCookies
from .edition import Edition
from .embedding import checked_origins, is_embedded
from .events import cookie_reported
from .gate import CookieReport, Gate, Undeclared
from .look import Look
from .policy import Policy, Text
from .proof import checked_records, note_shown, open_store
from .regimes import OPT_IN, Regime, Regimes
from .rules import Rules
from .signals import GlobalPrivacyControl, Signal
from .site_texts import InLocale, SiteTexts
from .source import ChoiceSource
from .texts import Overrides, nearest

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.engine import URL, Engine

    from .records.store import Records, Store

logger = logging.getLogger("flask_cookie_consent")

#: Stands in rendered markup for the ``nonce`` attribute, which differs by request.
_NONCE = Markup(' nonce=""')


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of a :class:`~.extension.CookieConsent`, which documents them."""

    placement: str = "bar"
    theme: str = "plain"
    scheme_attribute: str | None = None
    colors: Colors | None = None
    reopen: Literal["end", "start"] | None = None
    first_layer: bool = True
    language: Callable[[], str | None] | None = None
    texts: Overrides | None = None
    translations: str | os.PathLike[str] | None = None
    locale: InLocale | None = None
    policy_url: str | None = None
    inline: bool = True
    nonce: Callable[[], str | None] | None = None
    integrity: bool = False
    trusted_origins: Collection[str] = ()
    embedded_on: Collection[str] = ()
    source: ChoiceSource | None = None
    undeclared: Undeclared = "report"
    offer_reload: bool = True
    csp: Follow = "read"
    regime: Regime | Regimes = OPT_IN
    signals: Collection[Signal] = (GlobalPrivacyControl(),)
    records: Records | URL | Engine | str | None = None
    url_prefix: str = "/consent"


class Site:
    """One site: what a policy and its options become, and what belongs to the app it serves.

    Two apps with one :class:`~.extension.CookieConsent` have a site each, so that neither the
    store of records nor the words of a catalogue of one get into the other.

    :param owner: the :class:`~.extension.CookieConsent`; requests tell sites apart by it, and it
        is the sender of signals.
    """

    def __init__(self, policy: Policy, options: Options, owner: object) -> None:
        self.policy = policy
        self.options = options
        self.owner = owner
        #: The name that the app knows our endpoints by, in front of theirs.
        self.endpoint = ""
        self._choice_path = "/choice"
        #: Where records are kept, once the app is known.
        self.store: Store | None = None
        self._warned_of_walls = False
        self._apply_law()
        self._show()
        self._enforce()
        self.integrity = options.integrity
        self.embedded_on = checked_origins(options.embedded_on, self.cookie.form)
        self.trusted_origins = self.embedded_on.union(options.trusted_origins)
        self.records = checked_records(options.records)
        self.offer_reload = options.offer_reload
        # Rendered once per language and mount; bounded, since a proxy's headers may say where
        # the app is mounted.
        self._banner = lru_cache(64)(self._render_banner)
        self._tables = lru_cache(64)(self._render_tables)

    def _apply_law(self) -> None:
        """What visitors are asked under each regime, and what is read of their answers."""
        regime, self.signals = self.options.regime, tuple(self.options.signals)
        #: Whether scripts can see every signal that the server heeds.
        self.only_gpc = all(type(signal) is GlobalPrivacyControl for signal in self.signals)
        #: Where regimes differ by visitor; pages are the same for all of them.
        self.regimes = regime if isinstance(regime, Regimes) else None
        self.all_regimes = regime.all if isinstance(regime, Regimes) else (regime,)
        self._rules = [Rules(self.policy, each) for each in self.all_regimes]
        self.rules = self._rules[0]
        self.cookie = ConsentCookie(self.rules, max(rules.lifetime for rules in self._rules))
        has_sale = self.signals and any(rules.refused_by_signal for rules in self._rules)
        #: What a response that read consent varies by.
        self.vary = ("Cookie", "Sec-GPC") if has_sale else ("Cookie",)
        source = self.options.source
        self.source: ChoiceSource = source or self.cookie
        #: Whether the server may know of a refusal that no script can see: then pages with the
        #: banner depend on their visitor, and the cookie is kept to the server's word.
        self.has_last_word = source is not None or bool(has_sale and not self.only_gpc)
        #: Whether a ``Cookie`` header may come from somebody who refuses something. Of another
        #: source the header does not say it.
        self.may_refuse = self.cookie.may_refuse if source is None else bool

    def _show(self) -> None:
        """What visitors see and load."""
        options = self.options
        self.overrides: Overrides = options.texts or {}
        self.site_texts = SiteTexts(options.translations, options.locale)
        self.look = look = Look(
            options.placement,
            options.theme,
            options.scheme_attribute,
            options.colors,
            options.reopen,
        )
        self._editions = {
            rules.regime: Edition(
                rules,
                self.cookie.forms,
                look=look,
                texts=options.texts,
                site=self.site_texts,
                policy_url=options.policy_url,
                first_layer=options.first_layer,
                signals=bool(self.signals),
            )
            for rules in self._rules
        }
        #: The one that a cached page shows before its script knows the visitor's.
        self.edition = self._editions[self.all_regimes[0]]
        self.renderer = self.edition.renderer
        self.assets = self.edition.assets[self.cookie.form]
        #: Whether a page can show the first layer by itself, and load the script that every
        #: visitor loads. Else the script brings what the visitor's regime needs.
        self.is_plain = (
            self.regimes is None
            and self.edition.regime.mode == "opt-in"
            and not self.rules.told  # which only the script of such a regime knows of
        )
        self.inline = options.inline and self.is_plain
        self.has_reopen = options.reopen is not None
        self.styles_inline = options.inline

    def _enforce(self) -> None:
        """What leaves the server."""
        declared = DeclaredCookies(self.policy)
        self.gate = Gate(self.policy, self.options.undeclared, self._report_cookie, declared)
        self.cleaner = Cleaner(self.policy, declared)
        csp = self.options.csp
        if csp not in FOLLOW:
            raise ValueError(f"csp: found {csp!r}; allowed: {', '.join(map(repr, FOLLOW))}")
        self.csp_always = csp == "always"
        has_origins = any(service.origins for service in self.policy.services)
        self.sources = ConsentedSources(self.policy) if has_origins and csp != "off" else None

    def serve(self, app: Flask, endpoint: str) -> None:
        """Takes from ``app`` what belongs to it: its catalogues, and the place of its records.

        :param endpoint: the name that ``app`` knows our endpoints by, in front of theirs.
        :raises ValueError: if a catalogue is missing, or cannot be read.
        """
        self.endpoint = endpoint
        rule = next(app.url_map.iter_rules(f"{endpoint}.choice")).rule
        self._choice_path = rule.rpartition(">")[2]
        self.site_texts.load(app)
        if self.records is not None:
            self.store = open_store(self.records, app.instance_path)

    def takes_choice(self, path: str) -> bool:
        """Whether a request for ``path`` goes to the address that takes choices, or to one that
        ends as it does: the app may be mounted somewhere."""
        return path.endswith(self._choice_path)

    def warns_of_walls(self) -> bool:
        """Whether the log says that something else answers for us: once, whoever asks."""
        first, self._warned_of_walls = not self._warned_of_walls, True
        return first

    def _report_cookie(self, report: CookieReport) -> None:
        if report.problem == "undeclared":
            said = "no service of the policy declares it"
        else:
            said = "it lives longer than the policy says"
        logger.warning("%s sets the cookie %r: %s", report.where, report.name, said)
        cookie_reported.send(self.owner, report=report)

    # -- What pages show --------------------------------------------------------------------

    def banner(self, language: str) -> Markup:
        """The markup of ``consent_banner()``."""
        if self.has_last_word:
            # The script believes the cookie, so that the page has to bring the right one.
            current_consent().note_read()
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
        exchange = exchange_of(self, environ)
        if exchange.edition is None:
            exchange.edition = self._editions[self.regimes.of(environ)]
        return exchange.edition

    def has_signal(self, environ: dict[str, Any]) -> bool:
        """Whether a request sends a signal against the sale or sharing of data."""
        if self.only_gpc and "HTTP_SEC_GPC" not in environ:
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
            integrity=self.integrity_attribute(script.sha256),
            more=assets.more.name if self.inline else None,
            more_integrity=self.integrity_attribute(assets.more.sha256),
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
        own = self.options.language
        if not found and own and (tag := own()):
            found = nearest(tag)
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
        return url_for(f"{self.endpoint}.choice", _external=external).removesuffix("choice")

    def nonce_attribute(self) -> Markup:
        """The ``nonce`` attribute for this request's page, or nothing."""
        own = self.options.nonce
        nonce = own() if own else getattr(request, "csp_nonce", None)
        return Markup(' nonce="{}"').format(nonce) if nonce else Markup("")

    def integrity_attribute(self, sha256: str) -> Markup:
        """The ``integrity`` attribute of a script tag, or nothing."""
        return Markup(f' integrity="{sha256}"' if self.integrity else "")

    @property
    def csp_hashes(self) -> dict[str, list[str]]:
        """By directive, the sources that allow our inline code."""
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

    def leftovers(self, consent: Consent, environ: dict[str, Any]) -> Leftovers | None:
        """The cookies which this request carries and its visitor refuses; ``None`` if there are
        none."""
        seen = self.cleaner.optional(environ.get("HTTP_COOKIE", ""))
        if not (seen or consent.adopted) or not consent.refuses():
            return None
        # Nobody sets cookies for our own addresses: more names fit without their paths.
        ours = has_request_context() and request.blueprint == self.endpoint
        return self.cleaner.find(environ, consent.load(), at_root=ours, elsewhere=consent.adopted)

    def last_word(self, consent: Consent, environ: dict[str, Any]) -> list[str]:
        """``Set-Cookie`` values that make the browser's cookie say what the server knows of the
        visitor, where that may be something else: by another source, or by a signal that no script
        can see. The browser would run what the server takes for refused."""
        rules, word = consent.counts
        kept = self.cookie.read(environ)
        embedded = environ.get("HTTP_ORIGIN") in self.embedded_on
        if word is not None and not word.time:  # by a signal alone
            if not rules.keeps_signal(kept):
                return []  # nothing that asks runs without a choice
            # As without scripts: then the style sheet that only such visitors load keeps a record.
            word = word._replace(time=int(time.time()), letter="G", id=new_id())
        if word is None:
            return self.cookie.expire(environ, embedded=embedded) if kept is not None else []
        granted, refused = rules.fit(*map(split_tokens, (word.granted, word.refused)))
        id = word.id if is_id(word.id) else None
        # As it will be read again, so that it is said once.
        said = decode(word._replace(granted=granted, refused=refused, id=id).encode())
        if said is None or (kept is not None and _answers(kept) == _answers(said)):
            return []
        return self.cookie.set(environ, said, embedded=embedded)


def _answers(choice: Choice) -> tuple[set[str], set[str]]:
    return set(split_tokens(choice.granted)), set(split_tokens(choice.refused))
