"""The words of the banner, the preferences and the policy page, by language.

English stands here; other languages are gettext catalogues in ``locale/``. A site overrides
any text by its key: ``CookieConsent(policy, texts={"accept_all": "Yes, all"})`` for every
language, or ``texts={"fr": {"accept_all": "Oui, tout"}}`` for one.

Key phrases ("We use cookies", "Accept all", "Reject all" and their usual translations) are
kept as they are on purpose: privacy tools of visitors find a banner, and its buttons, by them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from markupsafe import Markup, escape

from ..i18n.formats import Formats
from ..i18n.languages import SOURCE_LANGUAGE, catalogue, direction, languages, nearest, negotiate
from ..i18n.text import Said, Text, choose, is_blank
from ..policy import Category
from ..policy.durations import Duration, Parts, spoken

if TYPE_CHECKING:
    from .site_texts import SiteTexts

__all__ = [
    "DECLARED",
    "MESSAGES",
    "PLURALS",
    "SOURCE_LANGUAGE",
    "Overrides",
    "Texts",
    "check_overrides",
    "languages",
    "nearest",
    "negotiate",
]

#: Where a value is filled in. Anything else in braces is text.
_PLACEHOLDER = re.compile(r"\{(\w+)\}")

#: The same, with the full stop after it, as languages have it.
_FILLED = re.compile(_PLACEHOLDER.pattern + "([.。।۔։።]?)")

Overrides: TypeAlias = Mapping[str, "str | Mapping[str, str]"]


def N_(text: str) -> str:
    """Marks ``text`` for extraction into the catalogues."""
    return text


def NP_(one: str, many: str) -> tuple[str, str]:
    """Marks a text that counts for extraction, with its plural."""
    return one, many


#: Key -> English text. ``{name}`` marks what is filled in.
MESSAGES: dict[str, str] = {
    # First layer
    "title": N_("We use cookies"),
    "ask": N_("With your consent, {controller} uses cookies for these purposes:"),
    "ask_us": N_("With your consent, we use cookies for these purposes:"),
    "third_parties": N_("Third parties: {names}."),
    "tell": N_("We use cookies that need no consent."),
    "told": N_("Without your consent, until you object: {names}."),
    "withdraw": N_("You can change your mind at any time under “{settings}”."),
    "accept_all": N_("Accept all"),
    "reject_all": N_("Reject all"),
    "customise": N_("Customise"),
    "settings": N_("Cookie settings"),
    "policy": N_("Cookie policy"),
    "privacy_policy": N_("Privacy policy"),
    "saved": N_("Your choice has been saved."),
    "stale": N_("What is running on this page already stops when you reload it."),
    "reload": N_("Reload the page"),
    # Preferences
    "preferences_intro": N_(
        "Choose what {controller} may store on your device or read from it. You are free to "
        "refuse, and you can change or withdraw your choice here at any time."
    ),
    "preferences_intro_us": N_(
        "Choose what we may store on your device or read from it. You are free to refuse, and "
        "you can change or withdraw your choice here at any time."
    ),
    "save": N_("Save my choice"),
    "close": N_("Close"),
    "always_on": N_("Always on"),
    "exempt_note": N_("Needs no consent: {reason}. You can object by unticking the box."),
    "details": N_("Details"),
    "back": N_("Back to the site"),
    "current": N_("You last chose on {date}."),
    # A link to a file that proves the choice: the record of consent in JSON.
    "receipt": N_("Download your receipt"),
    # Signals and regimes
    "signal": N_("Your browser’s opt-out signal is honoured."),
    "signal_note": N_(
        "Your browser asks sites not to sell or share your data (Global Privacy Control). We "
        "honour it: {names} stays off unless you switch it on here yourself."
    ),
    "your_choices": N_("Your Privacy Choices"),
    "opt_in_again": N_(
        "You opted out of the sale or sharing of your data. Tick this too to opt in again."
    ),
    # Categories
    "necessary_title": N_("Necessary"),
    "necessary_description": N_(
        "Needed for what you ask the site to do, such as keeping you signed in. No consent is "
        "needed."
    ),
    "functional_title": N_("Optional features"),
    "functional_description": N_(
        "Remembers settings and shows embedded content, such as videos or maps. The site works "
        "without them."
    ),
    "statistics_title": N_("Statistics"),
    "statistics_description": N_("Counts visits and shows which pages are used and how."),
    "marketing_title": N_("Advertising"),
    "marketing_description": N_("Recognises you across sites to show and measure advertising."),
    # Tables
    "provider": N_("Provider"),
    "function_location": N_("Function and location"),
    "name": N_("Name"),
    "purpose": N_("Purpose"),
    "duration": N_("Duration"),
    "party": N_("Party"),
    "first": N_("First party"),
    "third": N_("Third party"),
    "transfers": N_("Transferred to: {countries}"),
    "provider_policy": N_("Privacy policy of {provider}"),
    "all_names": N_("all names that match this pattern"),
    "storage_cookie": N_("Cookie"),
    "storage_localStorage": N_("Local storage"),
    "storage_sessionStorage": N_("Session storage"),
    "storage_IndexedDB": N_("IndexedDB"),
    "storage_CacheStorage": N_("Cache storage"),
    "storage_pixel": N_("Pixel"),
    "storage_other": N_("Other"),
    "duration_session": N_("Until you close the browser"),
    "duration_persistent": N_("Does not expire"),
    "duration_unknown": N_("Not stated"),
    "duration_at_most": N_("{text} (at most {duration})"),
    # Policy page
    "what_title": N_("What is a cookie?"),
    "what": N_(
        "A cookie is a small piece of text that a website asks your browser to keep. The browser "
        "sends it back on later visits, until the cookie expires or you delete it. Other kinds of "
        "storage on your device, such as local storage, serve the same purposes and follow the "
        "same rules here."
    ),
    "kinds_title": N_("Kinds of cookies"),
    "kind_necessary": N_(
        "Necessary cookies make the site work: they keep you signed in or remember a setting "
        "you asked for. They need no consent."
    ),
    "kind_statistics": N_(
        "Statistical cookies show how a site is used. Where the law allows it, they need no "
        "consent as long as they only measure the audience of this site, for its owner, and the "
        "figures are anonymous; you can object to them at any time."
    ),
    "kind_first": N_(
        "First-party cookies are stored by the site you visit. Apart from the necessary ones, "
        "they can be used to follow what you do there or for advertising, and then need your "
        "consent."
    ),
    "kind_third": N_(
        "Third-party cookies are stored by another company, which can recognise you on every "
        "site that works with it. Unless they are needed for something you asked for, they need "
        "your consent."
    ),
    "used_title": N_("What this site stores"),
    "exempt_mark": N_("No consent needed: {reason}. You can object."),
    "change_title": N_("Your choice"),
    "change": N_("You can give, refuse or withdraw your consent at any time."),
    "controller": N_("Data controller: {controller}"),
    "contact": N_("Contact: {contact}"),
    "version": N_("Version {version}"),
    "updated": N_("Last updated: {date}"),
    # A page that needs consent
    "required_title": N_("This page needs your consent"),
    "required": N_("It uses: {names}. None of this has been loaded."),
    "required_allow": N_("Allow and continue"),
    # In the place of embedded content
    "embed": N_(
        "This content comes from {provider}. If you load it, {provider} can see your visit."
    ),
    "embed_stores": N_(
        "This content comes from {provider}. If you load it, {provider} can store cookies on "
        "your device and see your visit."
    ),
    "embed_load": N_("Load this one"),
    "embed_allow": N_("Always allow {service}"),
    "embed_open": N_("Open at {provider}"),
}

#: Units with their plural forms, and the few other texts that count something.
PLURALS: dict[str, tuple[str, str]] = {
    "second": NP_("{n} second", "{n} seconds"),
    "minute": NP_("{n} minute", "{n} minutes"),
    "hour": NP_("{n} hour", "{n} hours"),
    "day": NP_("{n} day", "{n} days"),
    "week": NP_("{n} week", "{n} weeks"),
    "month": NP_("{n} month", "{n} months"),
    "year": NP_("{n} year", "{n} years"),
    "third_parties_count": NP_(
        "{n} third party is involved; “Customise” lists it.",
        "{n} third parties are involved; “Customise” lists them.",
    ),
}


#: What the package itself declares in a policy (the consent cookie, :mod:`..policy.companions`).
DECLARED = frozenset(
    {
        N_("Cookie consent"),
        N_("Remembers your choice about cookies"),
        N_("Session"),
        N_("Keeps you signed in and remembers what you entered from page to page"),
        N_("Stay signed in"),
        N_("Keeps you signed in after you close the browser, because you asked for it"),
        N_("Form protection"),
        N_("Makes sure that what is sent in your name comes from this site’s own pages"),
    }
)


class Texts:
    """All texts in one language, with the site's own wording laid over them.

    :param language: a language tag; the nearest catalogue is used (``fr-CA``, then ``fr``,
        then English).
    :param overrides: texts by key, or by language and key.
    :param default: the policy's language, for texts of the policy that have no other.
    :param site: how the site translates what its policy says.
    :raises ValueError: if ``overrides`` is wrong, see :func:`check_overrides`.
    """

    def __init__(
        self,
        language: str,
        overrides: Overrides | None = None,
        *,
        default: str = SOURCE_LANGUAGE,
        site: SiteTexts | None = None,
    ) -> None:
        check_overrides(overrides or {})
        self.language = nearest(language) or SOURCE_LANGUAGE
        self.direction = direction(self.language)
        self.formats = Formats(self.language)
        self._default = default
        self._site = site
        self._catalogue = catalogue(self.language)
        self._own = _overrides_for(self.language, overrides or {})

    def __call__(self, key: str, **values: object) -> str:
        """The text for ``key`` with ``values`` filled in.

        :raises KeyError: if there is no such text.
        """
        text = self._own.get(key)
        if text is None:
            text = self._catalogue.gettext(MESSAGES[key])
        if any(isinstance(value, Said) for value in values.values()):
            return Markup(_filled(escape(text), values, escape))
        return _filled(text, values, str)

    def count(self, key: str, n: int) -> str:
        """The text for ``n`` things of the kind ``key`` (of :data:`PLURALS`)."""
        one, many = PLURALS[key]
        return self._catalogue.ngettext(one, many, n).replace("{n}", str(n))

    def duration(self, duration: Duration) -> str:
        """A duration in words: "13 months", or the site's own free text."""
        if duration.kind == "fixed":
            return self._length(duration.parts)
        if duration.kind == "text":
            text = self.say(duration.text)
            if not duration.bound:
                return text
            return self("duration_at_most", text=text, duration=self._length(duration.bound))
        return self(f"duration_{duration.kind}")

    def _length(self, parts: Parts) -> str:
        return " ".join(self.count(unit, n) for n, unit in spoken(parts))

    def say(self, text: Text) -> str:
        """A text of the policy in this language. One that is not there in it is as it is, or a
        :class:`~..i18n.text.Said` where it is known to be in another language."""
        if isinstance(text, Mapping):
            return choose(text, self.language, self._default)
        if not isinstance(text, str):
            return self._site.read(text, self.language) if self._site else str(text)
        own = self._site.translation(text, self.language) if self._site else None
        if own is not None:
            return own
        return self._catalogue.gettext(text) if text in DECLARED else text

    def country(self, country: Text) -> str:
        """A country in words, if it is an ISO 3166 code that the site has no own text for."""
        said = self.say(country)
        return self.formats.country(said) if isinstance(country, str) else said

    def category_title(self, category: Category) -> str:
        """What a category is called."""
        if category.title is not None:
            return self.say(category.title)
        key = f"{category.id}_title"
        return self(key) if key in MESSAGES else category.label

    def category_description(self, category: Category) -> str:
        """What a category is for; empty if nobody has said it."""
        if category.description is not None and not is_blank(category.description):
            return self.say(category.description)
        key = f"{category.id}_description"
        return self(key) if key in MESSAGES else ""

    def as_dict(self) -> dict[str, object]:
        """Every text as shown, for the snapshot that proves what a visitor saw."""
        counted = {key: [self.count(key, n) for n in range(12)] for key in PLURALS}
        return {
            "texts": {key: self(key) for key in MESSAGES},
            "counted": counted,
            "declared": {text: self.say(text) for text in sorted(DECLARED)},
        }


def _filled(text: str, values: Mapping[str, object], write: Callable[[object], str]) -> str:
    """``text`` with ``values`` filled in. After one that ends in a full stop, such as "Insight
    Inc.", a sentence has none of its own."""

    def fill(place: re.Match[str]) -> str:
        name, stop = place.groups()
        if name not in values:
            return place[0]
        value = values[name]
        ended = str(value).rstrip("\N{POP DIRECTIONAL ISOLATE}").endswith(".")
        return write(value) + ("" if ended else stop)

    return _FILLED.sub(fill, text)


def check_overrides(overrides: Overrides) -> None:
    """Checks the site's own wording, in all languages.

    :raises ValueError: if a key names no text, if a language has no catalogue, or if a text
        fills in what is not there.
    """
    for key, value in overrides.items():
        if isinstance(value, str):
            _check_text(key, value)
            continue
        if nearest(key) is None:
            raise ValueError(
                f"texts: {key!r} is not a language there is a catalogue for; "
                f"the languages are: {', '.join(languages())}"
            )
        for own_key, text in value.items():
            _check_text(own_key, text)


def _check_text(key: str, text: str) -> None:
    if key not in MESSAGES:
        raise ValueError(
            f"texts: there is no text called {key!r}; the names are: {', '.join(sorted(MESSAGES))}"
        )
    known = set(_PLACEHOLDER.findall(MESSAGES[key]))
    surplus = sorted(set(_PLACEHOLDER.findall(text)) - known) if known else []
    if surplus:
        raise ValueError(
            f"texts: {key!r}: nothing is known to fill in {{{surplus[0]}}}; "
            f"there is: {', '.join(f'{{{name}}}' for name in sorted(known))}"
        )


def _overrides_for(language: str, overrides: Overrides) -> dict[str, str]:
    own: dict[str, str] = {}
    specific: dict[str, str] = {}
    for key, value in overrides.items():
        if isinstance(value, str):
            own[key] = value
        elif nearest(key) == language:
            specific.update(value)
    return own | specific
