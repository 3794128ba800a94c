"""Legal regimes: under which rules a visitor is asked, informed, or only able to object.

A site that knows no better asks everybody (:data:`OPT_IN`), as the European Union's ePrivacy
Directive, article 5(3), wants. Another regime is a plain object; which one a visitor is under is
the site's decision, made by a function of the request (:class:`~..choice.location.Regimes`).
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from datetime import timedelta
from typing import Literal, TypeAlias, get_args

from .faults import MAX_LIFETIME, REGIME

Mode: TypeAlias = Literal["opt-in", "opt-out", "none"]
MODES: tuple[Mode, ...] = get_args(Mode)


@dataclass(frozen=True)
class Regime:
    """One set of rules.

    :param id: a short lower-case code. An :class:`~.model.Exemption` that names it holds here.
    :param mode: ``"opt-in"``: nothing optional runs before it is granted, but for what is exempt;
        ``"opt-out"``: everything runs until the visitor objects, nobody is asked, and
        ``consent_link()`` reads "Your Privacy Choices"; ``"none"``: the same without that link.
    :param inform: whether the first layer informs visitors about exempt services, and lets them
        object there.
    :param lifetime: how long a choice holds here, at most 400 days; ``None``: as the policy says.
    :raises ValueError: if one of these is not as it must be.
    """

    id: str
    _: KW_ONLY
    mode: Mode = "opt-in"
    inform: bool = False
    lifetime: timedelta | None = None

    def __post_init__(self) -> None:
        if not REGIME.holds(self.id):
            raise ValueError(f"Regime: id: found {self.id!r}; allowed: {REGIME.allowed}")
        if self.mode not in MODES:
            raise ValueError(
                f"Regime {self.id!r}: mode: found {self.mode!r}; "
                f"allowed: {', '.join(map(repr, MODES))}"
            )
        if self.lifetime is not None and not timedelta(0) < self.lifetime <= MAX_LIFETIME:
            raise ValueError(
                f"Regime {self.id!r}: lifetime: found {self.lifetime}; "
                f"allowed: up to {MAX_LIFETIME.days} days, where browsers cut it"
            )


#: Everybody is asked; an exemption holds only if it names no regime.
OPT_IN = Regime("opt-in")

#: Asks, but for audience measurement under CNIL's conditions (``Exemption(..., regimes=["fr"])``).
FRANCE = Regime("fr")

#: Asks, but for statistics and appearance, of which visitors are informed and to which they can
#: object (PECR, Schedule A1, in force since 2026-02-05; ``Exemption(..., regimes=["gb"])``).
UNITED_KINGDOM = Regime("gb", inform=True)

#: Opting out, as the laws of California and other states have it. An opt-out is kept for as long
#: as a browser will: a business has to wait twelve months before it asks again (11 CCR 7028(c)).
UNITED_STATES = Regime("us", mode="opt-out", lifetime=MAX_LIFETIME)

#: No rules about consent at all.
NO_RULES = Regime("none", mode="none")
