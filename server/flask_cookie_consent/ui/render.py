"""Renders everything a visitor sees, from a policy and texts; knows no request.

One :class:`Renderer` serves one policy. Addresses are the caller's: every method takes
``base``, the address under which the blueprint answers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import jinja2
from markupsafe import Markup

from ..choice.codec import Choice
from ..choice.rules import Rules
from ..policy import Category, Cookie, Service
from ..proof.record import snapshot_name
from .messages import Overrides, Texts

if TYPE_CHECKING:
    from .site_texts import SiteTexts

TEMPLATES = Path(__file__).parent / "templates"


class PolicyView(NamedTuple):
    """What a policy says in one language. Made once, and whole: lazy texts are read in the locale
    of one request, and serve others, also those of threads that have no request."""

    controller: str
    contact: str
    categories: list[dict[str, Any]]
    services: dict[str, dict[str, Any]]
    """By id."""
    data: dict[str, object]
    """As :meth:`.Policy.to_dict` gives it."""


class Renderer:
    """Renders the first layer, the preferences and the policy, in any language.

    :param rules: of the policy to show, in one regime.
    :param texts: the site's own wording, laid over ours.
    :param site: how the site translates what its policy says.
    :param policy_url: address of the site's own policy page, if it has one; ``{language}`` in it
        stands for the language.
    :param privacy_policy_url: address of the site's privacy policy, if it is to be linked to; the
        same stands for the language.
    :param first_layer: whether there is one.
    :param look: names the style that pages have.
    :param reopen: whether pages carry a button that leads to the preferences.
    :param color_scheme: of our own pages, as CSS has it.
    """

    def __init__(
        self,
        rules: Rules,
        *,
        texts: Overrides | None = None,
        site: SiteTexts | None = None,
        policy_url: str | None = None,
        privacy_policy_url: str | None = None,
        first_layer: bool = True,
        look: str = "",
        reopen: bool = False,
        color_scheme: str = "light dark",
    ) -> None:
        self._reopen = reopen
        self._look = look
        self.policy = policy = rules.policy
        self.rules = rules
        self._objectable = frozenset(s.id for s in rules.opt_out)
        self._sold = frozenset(s.id for s in rules.sale)
        self.has_first_layer = first_layer
        self.policy_url = policy_url
        self._privacy_policy_url = privacy_policy_url
        self.overrides = texts
        self._site = site
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        self._environment.globals["color_scheme"] = color_scheme
        # Bounded: as many languages as there are catalogues.
        self.texts = lru_cache(64)(self._texts)
        self.view = lru_cache(64)(self._make_view)
        self.snapshot = lru_cache(64)(self._snapshot)
        self.texts(policy.language)  # a wrong key in the site's wording is a fault at start-up

    def _texts(self, language: str) -> Texts:
        return Texts(language, self.overrides, default=self.policy.language, site=self._site)

    @property
    def asks(self) -> bool:
        """Whether there is a first layer: visitors are asked, or told, about anything, and the
        site wants one."""
        return self.has_first_layer and bool(self.rules.asked_tokens)

    def third_parties(self, language: str) -> list[str]:
        """The third parties among the services that ask, each once."""
        services = self.view(language).services
        asked = (services[s.id] for s in self.rules.opt_in if s.party == "third")
        return list(dict.fromkeys(s["provider"] or s["name"] for s in asked))

    def _names(self, language: str, services: Iterable[Service]) -> list[str]:
        shown = self.view(language).services
        return [shown[s.id]["name"] for s in services]

    # -- What is shown ----------------------------------------------------------------------

    def first_layer(
        self, language: str, base: str, page: Markup | None = None, page_argument: str = ""
    ) -> Markup:
        """The banner itself, hidden until something per visitor shows it.

        :param page: address of the page that it is part of, where the form has to say it.
        :param page_argument: the same as an argument of an address.
        """
        asked = {s.category for s in (*self.rules.opt_in, *self.rules.informed)}
        categories = [c for c in self.view(language).categories if c["id"] in asked]
        return self._render(
            "first_layer.html",
            language,
            base,
            asked_tokens=self.rules.asked_tokens,
            asked_categories=categories,
            told=self._told(language),
            asks_consent=bool(self.rules.opt_in),
            third_parties=self.third_parties(language),
            page=page,
            page_argument=page_argument,
        )

    def reopen(self, language: str, base: str) -> Markup:
        """The button that leads to the preferences; nothing where the site wants none."""
        if not self._reopen:
            return Markup("")
        key = "your_choices" if self.rules.regime.mode == "opt-out" else "settings"
        return self._render("reopen.html", language, base, label=self.texts(language)(key))

    def tag_markup(self, language: str, base: str) -> Markup:
        """What the script tag alone puts into a page."""
        layer = self.first_layer(language, base) if self.asks else Markup("")
        return layer + self.reopen(language, base)

    def tag_document(self, language: str, base: str) -> Markup:
        """The same as a document, from which the script takes it."""
        markup = self.tag_markup(language, base)
        return self._render("first_layer_document.html", language, base, markup=markup)

    def _told(self, language: str) -> str:
        """What runs until the visitor objects, in words, where the first layer has to say so."""
        names = self._names(language, self.rules.informed)
        return self.texts(language).formats.list(names)

    def dialog(
        self, language: str, base: str, choice: Choice | None, css: str, **more: Any
    ) -> Markup:
        """The preferences as a document from which a script takes the ``<dialog>``."""
        return self._preferences("dialog.html", language, base, choice, css=css, **more)

    def preferences(self, language: str, base: str, choice: Choice | None, **page: Any) -> Markup:
        """The preferences as a page that works without JavaScript."""
        return self._preferences("preferences.html", language, base, choice, **page)

    def policy_page(self, language: str, base: str, **page: Any) -> Markup:
        """The policy as a page of its own."""
        return self._policy("policy.html", language, base, indexed=True, **page)

    def policy_tables(self, language: str, base: str, **page: Any) -> Markup:
        """The policy to be placed in a page of the site."""
        return self._policy("embedded_policy.html", language, base, **page)

    def required_page(
        self, language: str, base: str, services: tuple[Service, ...], **page: Any
    ) -> Markup:
        """The page that stands in for one that needs consent to ``services``."""
        return self._render(
            "required.html",
            language,
            base,
            names=self._names(language, services),
            add=[s.id for s in services],
            **page,
        )

    def embed(self, template: str, language: str, base: str, id: str, **parts: Any) -> Markup:
        """What stands in for content of the service ``id`` until it is allowed.

        :param template: ``embed.html`` for a page, ``embed_document.html`` for the script.
        """
        return self._render(
            template,
            language,
            base,
            service=self.view(language).services[id],
            # What may always run: what is loaded once waits for this instead.
            free=next(c.id for c in self.policy.categories if c.necessary),
            **parts,
        )

    def banner(
        self, language: str, base: str, page: Markup | None, page_argument: str, **parts: Any
    ) -> Markup:
        """What ``consent_banner()`` puts into a page: see :meth:`first_layer`."""
        layer = self.first_layer(language, base, page, page_argument) if self.asks else ""
        return self._render(
            "banner.html",
            language,
            base,
            asks=self.asks,
            first_layer=layer,
            reopen=self.reopen(language, base),
            **parts,
        )

    # -- What is proven ---------------------------------------------------------------------

    def snapshot_content(self, language: str) -> str:
        """All that decides what a visitor sees in ``language``, as JSON: policy, texts, and hashes
        of the templates and of the style."""
        content = {
            "policy": self.view(language).data,
            "texts": self.texts(language).as_dict(),
            "language": self.texts(language).language,
            "regime": self.rules.regime.id,
            "templates": _templates_hash(),
            "look": self._look,
        }
        return json.dumps(content, sort_keys=True, ensure_ascii=False)

    def _snapshot(self, language: str) -> str:
        return snapshot_name(self.snapshot_content(language))

    def shown_first_layer(self, language: str, base: str, css: str) -> Markup:
        """The first layer on an otherwise empty page, as visitors see it."""
        return self._render(
            "shown.html", language, base, css=css, first_layer=self.first_layer(language, base)
        )

    # -- Parts ------------------------------------------------------------------------------

    def _preferences(
        self,
        template: str,
        language: str,
        base: str,
        choice: Choice | None,
        *,
        signal: bool = False,
        **more: Any,
    ) -> Markup:
        rules = self.rules
        counts = rules.honour(choice) if signal else choice
        allowed = rules.allowed(counts)
        confirm = rules.regime.mode == "opt-out" and any(not allowed[s.id] for s in rules.sale)
        shown = [c for c in self.view(language).categories if c["services"]]
        return self._render(
            template,
            language,
            base,
            choices=[c for c in shown if not c["necessary"]],
            necessary=[c for c in shown if c["necessary"]],
            allowed={name for name, yes in allowed.items() if yes},
            optional=bool(rules.service_of),
            signal_names=self._sale(language) if signal else "",
            confirm=confirm,
            choice_date=self._day(language, choice.time) if choice else "",
            **({"next": "", "confirm_missing": False, "receipt": False} | more),
        )

    def _day(self, language: str, seconds: int) -> str:
        day = datetime.fromtimestamp(seconds, timezone.utc).date()
        return self.texts(language).formats.date(day)

    def _sale(self, language: str) -> str:
        """The services that a signal refuses, by name."""
        names = self._names(language, self.rules.sale)
        return self.texts(language).formats.list(names)

    def _policy(self, template: str, language: str, base: str, **more: Any) -> Markup:
        policy = self.policy
        return self._render(
            template,
            language,
            base,
            categories=self.view(language).categories,
            contact=self.view(language).contact,
            version=policy.version,
            updated=policy.updated and self.texts(language).formats.date(policy.updated),
            **({"signal": False} | more),
        )

    def _render(self, template: str, language: str, base: str, **context: Any) -> Markup:
        return Markup(
            self._environment.get_template(template).render(
                {
                    "t": self.texts(language),
                    "base": base,
                    "controller": self.view(language).controller,
                    "policy_url": self.policy_address(language, base),
                    "privacy_policy_url": self._in_language(self._privacy_policy_url, language),
                    "snapshot": self.snapshot(language),
                    "indexed": False,
                    **context,
                }
            )
        )

    def policy_address(self, language: str, base: str) -> str:
        """Where the policy stands: the site's own page, or ours."""
        return self._in_language(self.policy_url, language) or f"{base}policy"

    def _in_language(self, address: str | None, language: str) -> str | None:
        """An address of the site, which may name the language."""
        return address and address.replace("{language}", self.texts(language).language)

    def _make_view(self, language: str) -> PolicyView:
        t, policy = self.texts(language), self.policy
        categories = [self._category(t, category) for category in policy.categories]
        return PolicyView(
            controller=t.say(policy.controller),
            contact="" if policy.contact is None else t.say(policy.contact),
            categories=categories,
            services={s["id"]: s for category in categories for s in category["services"]},
            data=policy.to_dict(say=t.say),
        )

    def _category(self, t: Texts, category: Category) -> dict[str, Any]:
        return {
            "id": category.id,
            "title": t.category_title(category),
            "description": t.category_description(category),
            "necessary": category.necessary,
            "services": [self._service(t, s) for s in self.policy.services_in(category.id)],
        }

    def _service(self, t: Texts, service: Service) -> dict[str, Any]:
        exempt = service.exempt if service.id in self._objectable else None
        purpose = t.say(service.purpose)
        return {
            "id": service.id,
            "sale": service.id in self._sold,
            "name": t.say(service.name),
            "provider": t.say(service.provider),
            "function": t.say(service.function),
            "location": t.say(service.location),
            "purpose": purpose,
            "purposes": _purposes(t, service),
            "policy_url": service.policy_url,
            "exempt": t.say(exempt.reason).rstrip(" .") if exempt else "",
            "countries": t.formats.list([t.country(country) for country in service.countries]),
            "party": t(service.party),
            "cookies": [_cookie(t, service, cookie, purpose) for cookie in service.cookies],
        }


def _purposes(t: Texts, service: Service) -> list[str]:
    """What a service is for: what it says itself, else what its cookies say, each once."""
    said = [t.say(purpose) for purpose in (service.purpose, *(c.purpose for c in service.cookies))]
    return said[:1] if said[0] else list(dict.fromkeys(filter(None, said)))


def _cookie(t: Texts, service: Service, cookie: Cookie, otherwise: str) -> Mapping[str, Any]:
    return {
        "name": cookie.name,
        "pattern": "*" in cookie.name,
        "purpose": t.say(cookie.purpose) or otherwise,
        "storage": t(f"storage_{cookie.storage}"),
        "duration": t.duration(cookie.lifetime),
        "party": t(service.party_of(cookie)),
    }


@lru_cache(1)
def _templates_hash() -> str:
    """One hash over the templates: they decide what is shown as much as the texts do."""
    digest = hashlib.sha256()
    for path in sorted(TEMPLATES.glob("*.html")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
