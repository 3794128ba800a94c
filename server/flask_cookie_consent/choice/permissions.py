"""What one visitor allows: plain values, made once from a request by ``Site.permissions()``."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from ..policy import Service
from .codec import Choice
from .rules import Rules


class UnknownName(KeyError):
    """Neither a service nor a category of the policy has this id.

    :param kind: what the name would have to be the id of.
    """

    def __init__(self, name: object, known: list[str], kind: str = "service or category") -> None:
        super().__init__(name)
        self.name = name
        self.known = known
        self.kind = kind

    def __str__(self) -> str:
        return (
            f"there is no {self.kind} {self.name!r} in the policy; "
            f"the ids are: {', '.join(self.known)}"
        )


class Permissions:
    """What one visitor allows.

    :param rules: what the visitor is asked, and what follows from the answers.
    :param choice: the choice in force; ``None`` if there is none.
    :param signal: whether the browser sends a signal against the sale or sharing of data.
    """

    __slots__ = ("allowed", "choice", "counted", "rules", "signal")

    def __init__(self, rules: Rules, choice: Choice | None, signal: bool) -> None:
        self.rules = rules
        self.choice = choice
        self.signal = signal
        #: The choice as it counts: the signal overrides some of it.
        self.counted = rules.honour(choice) if signal else choice
        #: For every service and category of the policy, whether it is allowed.
        self.allowed: Mapping[str, bool] = rules.allowed(self.counted)

    def allows(self, name: str) -> bool:
        """Whether a service or a category may run for this visitor.

        :raises UnknownName: if the policy has neither.
        """
        try:
            return self.allowed[name]
        except (KeyError, TypeError):
            raise UnknownName(name, sorted(self.allowed)) from None

    def may_run(self, id: str) -> bool:
        """Whether a service of the policy is allowed."""
        return self.allowed[id]

    @property
    def granted(self) -> frozenset[str]:
        """Ids of the services that the choice grants."""
        return self.rules.ids(self.choice.granted) if self.choice else frozenset()

    @property
    def refused(self) -> frozenset[str]:
        """Ids of the services that the choice refuses, or objects to."""
        return self.rules.ids(self.choice.refused) if self.choice else frozenset()

    @property
    def unasked(self) -> tuple[Service, ...]:
        """The services that the first layer is about and that have no answer yet."""
        return self.rules.unasked(self.counted)

    @property
    def running(self) -> list[str]:
        """The ids of all services that may run, in the policy's order."""
        return [service.id for service in self.rules.policy.services if self.allowed[service.id]]

    def missing(self, name: str) -> tuple[Service, ...]:
        """The services that stand in the way of ``allows(name)``.

        :raises UnknownName: if the policy has no such service or category.
        """
        return () if self.allows(name) else self.rules.missing(name, self.counted)

    @property
    def refuses(self) -> bool:
        """Whether the choice or the signal refuses anything."""
        return self.counted is not None and bool(self.counted.refused)

    @property
    def pattern(self) -> tuple[str, str, str]:
        """The same for all visitors who have answered the same."""
        counted = self.counted
        answers = (counted.granted, counted.refused) if counted else ("", "")
        return (*answers, self.rules.regime.id)

    def cache_key(self) -> str:
        """A short key, the same for all visitors who allow the same."""
        names = ",".join(name for name in self.rules.token if self.allowed[name])
        return hashlib.sha256(names.encode()).hexdigest()[:16]

    def opts_in_again(self, choice: Choice) -> bool:
        """Whether ``choice`` takes back an opt-out, where that takes two steps."""
        return self.rules.opts_in_again(self.counted, choice)

    def after(self, choice: Choice) -> Permissions:
        """What the same visitor allows once ``choice`` is the one in force."""
        return Permissions(self.rules, choice, self.signal)
