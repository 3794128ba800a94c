"""What a choice means under a policy: what is allowed, what must still be asked.

One :class:`Rules` stands between the policy (what the site stores) and the choice (what one
visitor answered). Everything that needs to know whether something may run asks here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import overload

from ..policy import Policy, Service
from ..policy.regimes import OPT_IN, Regime
from .codec import MAX_TOKENS, Choice, split_tokens

#: How many different patterns of answers are remembered, ready computed. A site's visitors
#: share few patterns: accept all and reject all are most of them.
PATTERNS = 256


class Rules:
    """The rules of one policy in one legal regime."""

    def __init__(self, policy: Policy, regime: Regime = OPT_IN) -> None:
        self.policy = policy
        self.regime = regime
        self.lifetime = int((regime.lifetime or policy.lifetime).total_seconds())
        """How many seconds a choice holds."""
        asked, objectable = policy.asked(regime.id), policy.objectable(regime.id)
        if regime.mode != "opt-in":
            optional = {s.id for s in (*asked, *objectable)}
            asked = ()
            objectable = tuple(s for s in policy.services if s.id in optional)
        self.opt_in: tuple[Service, ...] = asked
        """Services that need consent, in the policy's order."""
        self.opt_out: tuple[Service, ...] = objectable
        """Exempt services: they run until the visitor objects."""
        self.informed: tuple[Service, ...] = objectable if regime.inform else ()
        """The exempt services about which the first layer informs visitors."""
        self.sale: tuple[Service, ...] = tuple(
            s for s in policy.services if policy.category(s.category).sale and s.id in policy.tokens
        )
        """What Global Privacy Control refuses: services for which data are sold or shared."""
        self._opt_in = frozenset(s.id for s in self.opt_in)
        self.token: Mapping[str, str] = policy.tokens
        self.service_of: dict[str, Service] = {
            policy.tokens[s.id]: s for s in (*self.opt_in, *self.opt_out)
        }
        self._shown = (*self.opt_in, *self.informed)
        self.asked_tokens = "".join(policy.tokens[s.id] for s in self._shown)
        self._sale = frozenset(policy.tokens[s.id] for s in self.sale)
        self._allowed = lru_cache(PATTERNS)(self._compute_allowed)
        self._unasked = lru_cache(PATTERNS)(self._compute_unasked)

    def allowed(self, choice: Choice | None) -> Mapping[str, bool]:
        """For every service and category of the policy, whether it is allowed.

        A service is allowed when it is necessary, granted, or exempt and not objected to. A
        category is allowed when every service in it that needs consent is granted; if none
        does, when none of its exempt services is objected to. A category without services
        is not allowed unless it is necessary: nobody was asked about it.
        """
        if choice is None:
            return self._allowed("", "")
        return self._allowed(choice.granted, choice.refused)

    def unasked(self, choice: Choice | None) -> tuple[Service, ...]:
        """The services that need consent and that ``choice`` gives no answer for."""
        if choice is None:
            return self._shown
        return self._unasked(choice.granted, choice.refused)

    @overload
    def honour(self, choice: Choice) -> Choice: ...
    @overload
    def honour(self, choice: None) -> Choice | None: ...
    def honour(self, choice: Choice | None) -> Choice | None:
        """``choice`` as it counts for a visitor whose browser sends a signal: what would be a sale
        or sharing of data is refused, unless the visitor granted it knowing of the signal."""
        if not self._sale or (choice is not None and choice.method == "override"):
            return choice
        made = choice or Choice(0, "gpc")
        granted = "".join(t for t in split_tokens(made.granted) if t not in self._sale)
        refused = dict.fromkeys((*sorted(self._sale), *split_tokens(made.refused)))
        return made._replace(granted=granted, refused="".join(refused))

    def keeps_signal(self, choice: Choice | None) -> bool:
        """Whether a signal has to be put down in the cookie: where its absence later must not be
        taken for consent, since nobody is asked (11 CCR 7025(c))."""
        if self.regime.mode != "opt-out" or not self._sale:
            return False
        return choice is None or (
            choice.method != "override" and not self._sale.issubset(split_tokens(choice.refused))
        )

    def opts_in_again(self, previous: Choice | None, choice: Choice) -> bool:
        """Whether ``choice`` takes back an opt-out from sale or sharing, where that takes a
        visitor two steps (11 CCR 7028(a))."""
        if self.regime.mode != "opt-out" or previous is None:
            return False
        out = self._sale.intersection(split_tokens(previous.refused))
        return not out.issubset(split_tokens(choice.refused))

    def ids(self, tokens: str) -> frozenset[str]:
        """The ids of the services for the run ``tokens``, as far as they are known here."""
        known = self.service_of
        return frozenset(known[t].id for t in split_tokens(tokens) if t in known)

    def missing(self, name: str, choice: Choice | None) -> tuple[Service, ...]:
        """The services that stand in the way of allowing ``name``, a service or a category.

        :raises KeyError: if the policy has neither.
        """
        allowed = self.allowed(choice)
        is_category = any(category.id == name for category in self.policy.categories)
        services = self.deciding(name) if is_category else (self.policy.service(name),)
        return tuple(s for s in services if not allowed[s.id])

    def unknown(self, tokens: str) -> tuple[str, ...]:
        """The tokens in the run ``tokens`` that this policy does not know."""
        return tuple(t for t in split_tokens(tokens) if t not in self.service_of)

    def accept(self, previous: Choice | None, shown: str | None = None) -> tuple[str, str]:
        """The token runs (granted, refused) after "accept all" on the first layer.

        What had no answer yet is granted, and nothing else: an earlier refusal stands when
        only something new was asked. Where nothing was new, everything is granted.

        :param shown: tokens of the services the visitor was asked about, if the page was an
            older one; by default those this policy asks about.
        """
        asked = split_tokens(self.asked_tokens if shown is None else shown)
        if previous is None:
            return self.fit(asked, ())
        granted, refused = split_tokens(previous.granted), split_tokens(previous.refused)
        new = [t for t in asked if t not in granted and t not in refused]
        if new:
            return self.fit((*granted, *new), refused)
        lifted = {*asked, *(self.token[s.id] for s in self.opt_out)}
        return self.fit((*granted, *asked), [t for t in refused if t not in lifted])

    def reject(self, previous: Choice | None, shown: str | None = None) -> tuple[str, str]:
        """The token runs after "reject all": whatever was asked, now, earlier or on the page
        that was shown, is refused, and every exempt service is objected to."""
        refused = [*self.service_of, *split_tokens(shown or "")]
        if previous is not None:
            refused += split_tokens(previous.refused + previous.granted)
        return self.fit((), refused)

    def save(self, previous: Choice | None, wanted: Collection[str]) -> tuple[str, str]:
        """The token runs for a visitor who wants exactly the services with the ids ``wanted``.

        Every other service is refused, or objected to if it is exempt. Answers about services
        that this policy does not know are kept.
        """
        granted = [self.token[s.id] for s in self._shown if s.id in wanted]
        refused = [token for token, s in self.service_of.items() if s.id not in wanted]
        if previous is not None:
            granted += self.unknown(previous.granted)
            refused += self.unknown(previous.refused)
        return self.fit(granted, refused)

    def add(self, previous: Choice | None, wanted: Collection[str]) -> tuple[str, str]:
        """The token runs for a visitor who wants the services with the ids ``wanted`` besides
        what is allowed already. What has no answer keeps none: it is still to be asked about."""
        lifted = {self.token[id] for id in wanted}
        granted = [self.token[s.id] for s in self._shown if s.id in wanted]
        refused: list[str] = []
        if previous is not None:
            granted = [*split_tokens(previous.granted), *granted]
            refused = [t for t in split_tokens(previous.refused) if t not in lifted]
        return self.fit(granted, refused)

    def fit(self, granted: Iterable[str], refused: Iterable[str]) -> tuple[str, str]:
        """Both runs without repetitions, and short enough for a cookie: of tokens that the
        policy does not know, only as many are kept as there is room for."""
        room = max(MAX_TOKENS - len(self.service_of), 0)
        runs = []
        for tokens in (refused, granted):  # of two answers, keep the refusal
            run = dict.fromkeys(tokens)
            unknown = [token for token in run if token not in self.service_of]
            for token in unknown[room:]:
                del run[token]
            room -= min(room, len(unknown))
            runs.append("".join(run))
        return runs[1], runs[0]

    def deciding(self, category: str) -> tuple[Service, ...]:
        """The services of a category whose answers decide whether the category is allowed."""
        services = self.policy.services_in(category)
        return tuple(s for s in services if s.id in self._opt_in) or services

    def _compute_allowed(self, granted: str, refused: str) -> Mapping[str, bool]:
        yes, no = set(split_tokens(granted)), set(split_tokens(refused))
        tokens = self.token
        answers: dict[str, bool] = {}
        for service in self.policy.services:
            answers[service.id] = True
        for service in self.opt_in:
            answers[service.id] = tokens[service.id] in yes
        for service in self.opt_out:
            answers[service.id] = tokens[service.id] not in no
        for category in self.policy.categories:
            deciding = self.deciding(category.id)
            answers[category.id] = category.necessary or (
                bool(deciding) and all(answers[s.id] for s in deciding)
            )
        return answers

    def _compute_unasked(self, granted: str, refused: str) -> tuple[Service, ...]:
        answered = set(split_tokens(granted + refused))
        return tuple(s for s in self._shown if self.token[s.id] not in answered)
