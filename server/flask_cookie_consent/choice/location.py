"""Which regime a visitor is under: by a function of the request, such as the visitor's country."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, cast

from werkzeug import Request

from ..policy.regimes import OPT_IN, Regime

logger = logging.getLogger("flask_cookie_consent")


class Regimes:
    """Several regimes, and a function that says which one a visitor is under.

    :param choose: takes the request (a :class:`werkzeug.Request`, which is not in a Flask context
        everywhere) and gives one of ``regimes``, or ``None``: not known.
    :param regimes: all that it can give.

    Not known, and a function that fails, means :data:`OPT_IN`.
    """

    def __init__(
        self, choose: Callable[[Request], Regime | None], regimes: Sequence[Regime]
    ) -> None:
        self._choose = choose
        self.all: tuple[Regime, ...] = tuple(dict.fromkeys((OPT_IN, *regimes)))

    def of(self, environ: dict[str, Any]) -> Regime:
        """The regime of the visitor who makes a request."""
        try:
            found = self._choose(Request(environ))
        except Exception:
            logger.exception("the site's choice of a regime failed; the visitor is asked")
            return OPT_IN
        if found is not None and found not in self.all:
            logger.error("regime %r is not among those that CookieConsent was given", found)
            return OPT_IN
        return found or OPT_IN


#: What says where a visitor is: "US-CA", "FR", or ``None``.
Locator: TypeAlias = Callable[[Request], "str | None"]

_PLACE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")

#: Codes that stand in country headers or in lists of countries, and are no country of ISO 3166.
_NO_COUNTRY = {"EU": "its members, each by its own code", "UK": "'GB'"}


def by_country(
    regimes: Mapping[str, Regime],
    locate: Locator,
    otherwise: Regime = OPT_IN,
) -> Regimes:
    """The regime by the country, or its part, that a visitor comes from::

        by_country({"GB": UNITED_KINGDOM, "US-CA": UNITED_STATES}, country_header())

    :param regimes: by ISO 3166 code of a country ("US") or of a part of one ("US-CA"), which
        counts before the country.
    :param locate: :func:`country_header`, :func:`maxmind`, or the site's own function.
    :param otherwise: for every other known place. A place that is not known is asked.
    :raises ValueError: if a code is none; "EU" is not a country.
    """
    for code in regimes:
        if code in _NO_COUNTRY or not _PLACE.fullmatch(code):
            allowed = _NO_COUNTRY.get(code, "an ISO 3166 code such as 'FR' or 'US-CA'")
            raise ValueError(f"by_country: found {code!r}; allowed: {allowed}")

    def choose(request: Request) -> Regime | None:
        place = locate(request)
        if place is None or not _PLACE.fullmatch(place):
            return None
        return regimes.get(place) or regimes.get(place[:2]) or otherwise

    return Regimes(choose, [*regimes.values(), otherwise])


def country_header(name: str = "CF-IPCountry", region: str | None = None) -> Locator:
    """Finds the place in a header that the site's own CDN sets. Anybody can send a header: use it
    only where the CDN overwrites it and every request comes through the CDN.

    :param name: "CF-IPCountry" (Cloudflare), "CloudFront-Viewer-Country", ...
    :param region: the header with the part of the country ("CA"), if there is one:
        "CF-Region-Code", "CloudFront-Viewer-Country-Region", ...
    """

    def locate(request: Request) -> str | None:
        country = request.headers.get(name, "").strip().upper()
        if country in ("", "XX", "T1"):  # Cloudflare's words for unknown, and for Tor
            return None
        part = request.headers.get(region, "").strip().upper() if region else ""
        return f"{country}-{part}" if part else country

    return locate


def maxmind(
    path: str, address: Callable[[Request], str | None] = lambda request: request.remote_addr
) -> Locator:
    """Finds the place of an address in a local database of MaxMind's format (GeoLite2, DB-IP,
    IPinfo). The address is looked up and forgotten.

    :param path: of the ``.mmdb`` file, which is opened at once.
    :param address: gives a visitor's address; behind a proxy, see Werkzeug's ``ProxyFix``.
    :raises ImportError: without the extra: ``pip install flask-cookie-consent[maxmind]``.
    :raises OSError: if the file cannot be read.
    """
    try:
        import maxminddb
    except ImportError as error:
        raise ImportError(
            "maxmind() needs maxminddb: pip install 'flask-cookie-consent[maxmind]'"
        ) from error
    reader = maxminddb.open_database(path)

    def locate(request: Request) -> str | None:
        try:
            found = reader.get(address(request) or "")
        except ValueError:  # no address, or of a kind that the database has not
            return None
        record = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
        country = record.get("country", {}).get("iso_code")
        parts = record.get("subdivisions") or [{}]
        part = parts[0].get("iso_code")
        return f"{country}-{part}" if country and part else country

    return locate
