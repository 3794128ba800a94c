"""Signals that a browser sends with every request: a refusal without a click.

Global Privacy Control is the one that browsers have today; a site can give others (the consent
services of Germany's TDDDG, section 26, for example), as objects with one method.
"""

from __future__ import annotations

from typing import Any, Protocol


class Signal(Protocol):
    """Something that a request says about the sale or sharing of personal data."""

    def refuses(self, environ: dict[str, Any]) -> bool:
        """Whether the request refuses it.

        :param environ: the request's WSGI environment.
        """
        ...


class GlobalPrivacyControl:
    """``Sec-GPC: 1``. Any other value says nothing, and of several one ``1`` counts (W3C, Global
    Privacy Control). Its absence never means consent (11 CCR 7025(c))."""

    def refuses(self, environ: dict[str, Any]) -> bool:
        value: str = environ.get("HTTP_SEC_GPC", "")
        return value == "1" or ("," in value and "1" in map(str.strip, value.split(",")))
