"""``Cookie`` headers: consent cookies well-formed, damaged, twins, huge, and other cookies."""

from __future__ import annotations

from random import Random

from . import pieces

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
#: A choice lives this long, in seconds (the policy's default).
LIFETIME = 182 * 24 * 60 * 60


class Cookies:
    """Makes ``Cookie`` headers.

    :param tokens: of the services of the site.
    :param now: seconds since 1970 around which choices were made.
    """

    def __init__(self, tokens: list[str], now: int) -> None:
        self._tokens = tokens
        self._now = now

    def header(self, random: Random) -> str:
        """A ``Cookie`` header, as WSGI gives it."""
        kind = random.random()
        if kind < 0.02:
            return pieces.as_header(self._huge(random))
        parts = []
        for _ in range(random.choice((0, 1, 1, 1, 1, 2, 2, 3, 8))):
            name = random.choice(
                ("consent",) * 8 + ("consent ", "Consent", "xconsent", "consent=", '"consent')
            )
            parts.append(f"{name}={self.value(random)}")
        parts += [self._other(random) for _ in range(random.choice((0, 0, 1, 2)))]
        random.shuffle(parts)
        joined = random.choice(("; ",) * 6 + (";", ";\t", " ; ", ", ", "&", ";;")).join(parts)
        return pieces.as_header(pieces.mutate(random, joined) if kind < 0.15 else joined)

    def value(self, random: Random) -> str:
        """A value of the consent cookie: more often than not a sound one."""
        kind = random.random()
        if kind < 0.1:
            return pieces.text(random)
        value = self.sound(random)
        if kind < 0.2:
            return f'"{value}"'
        return pieces.mutate(random, value) if kind < 0.4 else value

    def sound(self, random: Random) -> str:
        """A value that has the form of docs/cookie.md, of any age."""
        time = self._now + random.choice(
            (0, -60, -LIFETIME + 5000, -LIFETIME - 5000, 80000, 100000, -self._now, 10**11)
        )
        fields = [
            "1" + random.choice("arsegASxZ") + random.choice("c012345c9"),
            base36(time)[-8:],
            self.run(random),
            self.run(random),
        ]
        if random.random() < 0.3:
            fields.append("".join(random.choices(DIGITS, k=22)))
        return ".".join(fields)

    def run(self, random: Random) -> str:
        """A run of tokens, known ones and others, with repetitions."""
        count = random.choice((0, 0, 1, 2, 3, 5))
        known = random.choices(self._tokens, k=count)
        return "".join(known) + random.choice(("", "", "", "AAA", "-_-", self._tokens[0] * 20))

    def _other(self, random: Random) -> str:
        name = random.choice(
            ("session", "a", "", "__Host-a", "$Version", "_ad_1", "other", pieces.text(random))
        )
        return f"{name}={random.choice((self.value(random), pieces.text(random), 'consent=1'))}"

    def _huge(self, random: Random) -> str:
        value = self.sound(random)
        return random.choice(
            (
                f"consent={value}; " * 80,
                "consent=" * 500,
                f"consent={value}" + "A" * 4000,
                f"consent={value}; a=" + ";" * 4000,
                "x" * 4000 + f"consent={value}",
                "consent=" + "".join(random.choices(self._tokens, k=1300)),
                f"consent=1ac.{base36(self._now)}."
                + "".join(random.choices(self._tokens, k=1300))
                + ".",
            )
        )


def base36(number: int) -> str:
    """``number`` as it stands in the cookie."""
    digits = ""
    while number > 0:
        number, rest = divmod(number, 36)
        digits = DIGITS[rest] + digits
    return digits or "0"
