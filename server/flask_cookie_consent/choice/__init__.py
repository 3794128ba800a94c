"""One visitor's answer: how the cookie spells it, where it is read from, what it allows."""

from .codec import Choice as Choice
