"""``Site``: one site, ready: its policy and its options, and what both come to.

It knows no app and no request: a WSGI environment is all that is ever read.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .choice.cookie import ConsentCookie
from .choice.location import Regimes
from .choice.permissions import Permissions
from .choice.rules import Rules
from .choice.signals import GlobalPrivacyControl, Signal
from .choice.sources import ChoiceSource
from .enforcement.cleaning import Cleaner, Leftovers
from .enforcement.csp import FOLLOW, ConsentedSources, Follow
from .enforcement.gate import CookieReport, Gate, Undeclared
from .enforcement.last_word import last_word
from .http.origin import checked_origins
from .policy import Policy
from .policy.declared import DeclaredCookies
from .policy.regimes import OPT_IN, Regime
from .ui.assets import Assets
from .ui.banner import Banner
from .ui.colors import Colors
from .ui.look import Corner, Look, Placement, Theme
from .ui.messages import Overrides
from .ui.notice import Notice
from .ui.sheets import Scheme
from .ui.site_texts import InLocale, SiteTexts

if TYPE_CHECKING:
    from sqlalchemy.engine import URL, Engine

    from .records.store import Records, Store

logger = logging.getLogger("flask_cookie_consent")


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of a :class:`~.extension.CookieConsent`, which documents them."""

    placement: Placement = "bar"
    theme: Theme = "plain"
    scheme: Scheme = "auto"
    scheme_attribute: str | None = None
    colors: Colors | None = None
    reopen: Corner | None = None
    first_layer: bool = True
    language: Callable[[], str | None] | None = None
    texts: Overrides | None = None
    translations: str | os.PathLike[str] | None = None
    locale: InLocale | None = None
    policy_url: str | None = None
    privacy_policy_url: str | None = None
    inline: bool = True
    nonce: Callable[[], str | None] | None = None
    integrity: bool = False
    trusted_origins: Collection[str] = ()
    embedded_on: Collection[str] = ()
    source: ChoiceSource | None = None
    undeclared: Undeclared = "report"
    offer_reload: bool = True
    csp: Follow = "read"
    strict_dynamic: bool = False
    regime: Regime | Regimes = OPT_IN
    signals: Collection[Signal] = (GlobalPrivacyControl(),)
    records: Records | URL | Engine | str | None = None
    url_prefix: str = "/consent"


class Site:
    """One site: what a policy and its options become, and the store of its records.

    Two apps with one :class:`~.extension.CookieConsent` have a site each, so that neither the
    store of records nor the words of a catalogue of one get into the other.

    :param owner: the :class:`~.extension.CookieConsent`; requests tell sites apart by it.
    :param on_report: called with what the gate reports.
    """

    def __init__(
        self,
        policy: Policy,
        options: Options,
        owner: object,
        on_report: Callable[[CookieReport], object] | None = None,
    ) -> None:
        self.policy = policy
        self.options = options
        self.owner = owner
        self._on_report = on_report
        #: Where records are kept, once the app is known.
        self.store: Store | None = None
        self._apply_law()
        self._show()
        self._enforce()
        self.embedded_on = checked_origins(options.embedded_on, self.cookie.form.domain)
        self.trusted_origins = self.embedded_on.union(options.trusted_origins)
        self.records = _checked_records(options.records)

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
        has_sale = self.signals and any(rules.sale for rules in self._rules)
        #: What a response that read consent varies by.
        self.vary = ("Cookie", "Sec-GPC") if has_sale else ("Cookie",)
        source = self.options.source
        self.source: ChoiceSource = source or self.cookie
        #: Whether the server may know of a refusal that no script can see: then pages with the
        #: banner depend on their visitor, and the cookie is kept to the server's word.
        self.has_last_word = source is not None or bool(has_sale and not self.only_gpc)
        #: Whether a ``Cookie`` header may come from somebody who refuses something. Where the
        #: choice is read from another source, the header does not tell.
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
            options.scheme,
        )
        self._notices = {
            rules.regime: Notice(
                rules,
                self.cookie.forms,
                look=look,
                texts=options.texts,
                site=self.site_texts,
                policy_url=options.policy_url,
                privacy_policy_url=options.privacy_policy_url,
                first_layer=options.first_layer,
                signals=bool(self.signals),
                strict_dynamic=options.strict_dynamic,
            )
            for rules in self._rules
        }
        #: The one that a cached page shows before its script knows the visitor's.
        self.notice = self._notices[self.all_regimes[0]]
        self.renderer = self.notice.renderer
        self.assets = self.notice.assets[self.cookie.form]
        self.banner = Banner(
            self.notice,
            page_css=self.assets.page,
            one_regime=self.regimes is None,
            inline=options.inline,
            integrity=options.integrity,
            on_show=self.keep_shown,
        )

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

    def open(
        self,
        root: str | os.PathLike[str],
        folder: str | os.PathLike[str],
        context: Callable[[], AbstractContextManager[object]],
    ) -> None:
        """Takes what belongs to an app: the catalogues, and the place of the records.

        :param root: folder below which the catalogues lie.
        :param folder: for the records.
        :param context: gives a context in which the app's own code runs.
        :raises ValueError: if a catalogue is missing, or cannot be read.
        """
        self.site_texts.load(root, context)
        if self.records is not None:
            from .records.store import Store

            self.store = Store(self.records, Path(folder))

    def _report_cookie(self, report: CookieReport) -> None:
        if report.problem == "undeclared":
            problem = "no service of the policy declares it"
        else:
            problem = "it lives longer than the policy says"
        logger.warning("%s sets the cookie %r: %s", report.where, report.name, problem)
        if self._on_report is not None:
            self._on_report(report)

    # -- The visitor ------------------------------------------------------------------------

    def permissions(self, environ: dict[str, Any], notice: Notice | None = None) -> Permissions:
        """What the visitor who makes a request allows.

        :param environ: the request's WSGI environment.
        :param notice: what this visitor is shown, if that is known already.
        """
        signal = self.has_signal(environ)
        choice = self.source.read(environ)
        rules = self.rules
        if self.regimes is not None:
            rules = (notice or self.notice_for(environ)).rules
        if (
            choice is not None
            and (self.regimes is not None or self.has_last_word)
            # It may hold for longer in another regime, and another source may not look.
            and not choice.in_force(rules.lifetime, int(time.time()))
        ):
            choice = None
        return Permissions(rules, choice, signal)

    @property
    def notices(self) -> Collection[Notice]:
        """One for each regime."""
        return self._notices.values()

    def notice_for(self, environ: dict[str, Any]) -> Notice:
        """What the visitor who makes a request is shown."""
        return self.notice if self.regimes is None else self._notices[self.regimes.of(environ)]

    def assets_for(self, environ: dict[str, Any], notice: Notice) -> Assets:
        """The files for pages of a request's scheme and host."""
        return notice.assets[self.cookie.form_for(environ)]

    def has_signal(self, environ: dict[str, Any]) -> bool:
        """Whether a request sends a signal against the sale or sharing of data."""
        if self.only_gpc and "HTTP_SEC_GPC" not in environ:
            return False  # of nearly every request
        return any(signal.refuses(environ) for signal in self.signals)

    def keep_shown(self, notice: Notice, language: str, base: str) -> None:
        """Keeps what visitors see, if records are kept."""
        if self.store is not None:
            self.store.keep_shown(notice, language, base)

    @property
    def csp_hashes(self) -> dict[str, list[str]]:
        """By directive, the sources that allow our inline code."""
        scripts: dict[str, None] = {}  # each once: the forms of the cookie share some
        for assets in self.notice.assets.values():
            scripts |= dict.fromkeys(assets.script_hashes)
        return {
            "script-src": [f"'{source}'" for source in scripts],
            "style-src": [f"'{source}'" for source in self.assets.style_hashes],
        }

    # -- What leaves ------------------------------------------------------------------------

    def leftovers(
        self, permissions: Permissions, environ: dict[str, Any], *, at_root: bool, elsewhere: bool
    ) -> Leftovers | None:
        """The cookies which a request carries and its visitor, who refuses something, refuses;
        ``None`` if there are none.

        :param at_root: whether nobody sets cookies for the path of this request.
        :param elsewhere: whether cookies that the request does not carry may be there too.
        """
        if not (elsewhere or self.cleaner.optional(environ.get("HTTP_COOKIE", ""))):
            return None
        return self.cleaner.find(environ, permissions.allowed, at_root=at_root, elsewhere=elsewhere)

    def last_word(self, permissions: Permissions, environ: dict[str, Any]) -> list[str]:
        """``Set-Cookie`` values that make the browser's cookie say what the server knows."""
        embedded = environ.get("HTTP_ORIGIN") in self.embedded_on
        return last_word(self.cookie, permissions, environ, embedded=embedded)


def _checked_records(records: Records | URL | Engine | str | None) -> Records | None:
    """What a site has said about its records, as options.

    :raises RuntimeError: if what records need is not installed.
    """
    if records is None:
        return None
    try:
        from .records.store import Records
    except ImportError as error:
        raise RuntimeError(
            f"records: {error.name} is missing; pip install 'flask-cookie-consent[records]'"
        ) from error
    return records if isinstance(records, Records) else Records(records)
