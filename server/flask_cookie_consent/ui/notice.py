"""What a policy becomes under one regime: its rules, its texts and markup, its files."""

from __future__ import annotations

from collections.abc import Iterable

from ..choice.cookie import Form
from ..choice.rules import Rules
from .assets import Assets
from .look import Look
from .messages import Overrides
from .render import Renderer
from .site_texts import SiteTexts


class Notice:
    """One policy under one regime.

    :param signals: whether scripts heed the browser's signal.
    :param strict_dynamic: whether scripts run only with the page's nonce.
    :param site: how the site translates what its policy says.
    :param forms: of the consent cookie; each has scripts of its own, which name it.
    """

    def __init__(
        self,
        rules: Rules,
        forms: Iterable[Form],
        *,
        look: Look,
        texts: Overrides | None,
        policy_url: str | None,
        privacy_policy_url: str | None = None,
        first_layer: bool,
        signals: bool,
        strict_dynamic: bool = False,
        site: SiteTexts | None = None,
    ) -> None:
        self.regime = rules.regime
        self.rules = rules
        self.renderer = Renderer(
            self.rules,
            texts=texts,
            site=site,
            policy_url=policy_url,
            privacy_policy_url=privacy_policy_url,
            first_layer=first_layer,
            look=look.name,
            reopen=look.reopen is not None,
            color_scheme=look.color_scheme,
        )
        self.assets = {
            form: Assets(self.renderer, look, form, signals=signals, strict_dynamic=strict_dynamic)
            for form in forms
        }
