"""How a site translates what its policy says: by catalogues of its own, and by lazy texts."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Any, TypeAlias

from ..i18n.languages import nearest, shorter
from ..i18n.text import LazyText

#: The name of a site's catalogues: ``translations/fr/LC_MESSAGES/consent.mo``.
DOMAIN = "consent"

#: Gives a context in which lazy texts are read in a language, named by its tag.
InLocale: TypeAlias = Callable[[str], AbstractContextManager[object]]


class SiteTexts:
    """The translations of one site.

    :param folder: of the catalogues, absolute or below the app's ``root_path``; ``None``: there
        are none.
    :param locale: for lazy texts; by default there is none.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] | None = None,
        locale: InLocale | None = None,
    ) -> None:
        self._folder = folder
        self._locale = locale or no_locale
        self.catalogues: dict[str, GNUTranslations] = {}
        """By language tag of ours."""
        self._context: Callable[[], AbstractContextManager[object]] | None = None

    def load(
        self,
        root: str | os.PathLike[str],
        context: Callable[[], AbstractContextManager[object]],
    ) -> None:
        """Reads the catalogues, all at once, so that what is wrong is said at start-up.

        :param root: folder of the app.
        :param context: gives a context in which the app's own code runs.
        :raises ValueError: if there are none, or one cannot be read.
        """
        self._context = context
        if self._folder is None:
            return
        told = self._folder
        self._folder = folder = Path(root, told)
        # Of two that serve one language ("pt", "pt_AO") the plain one counts: it comes last.
        for path in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"), reverse=True):
            if (language := nearest(path.parent.parent.name)) is not None:
                self.catalogues[language] = _read(path)
        if not self.catalogues:
            raise ValueError(
                f"translations: found no <language>/LC_MESSAGES/{DOMAIN}.mo in {folder}, of a "
                "language that there are texts in; compile the catalogues: "
                f"pybabel compile -D {DOMAIN} -d {told}"
            )

    def elsewhere(self) -> dict[str, Any]:
        """The arguments of a ``CookieConsent`` in another app that has the same texts."""
        context, locale, folder = self._context, self._locale, self._folder
        if context is None:
            return {"translations": folder, "locale": locale}

        @contextmanager
        def in_app(language: str) -> Iterator[None]:
            with context(), locale(language):
                yield

        return {"translations": folder, "locale": in_app}

    def translation(self, text: str, language: str) -> str | None:
        """What the site's catalogue has for ``text``, or ``None``."""
        if not text or not self.catalogues:  # the empty text is the catalogue's header
            return None
        for tag in shorter(language):
            if tag in self.catalogues and (found := self.catalogues[tag].gettext(text)):
                return found
        return None

    def read(self, text: LazyText, language: str) -> str:
        """The words of a lazy text in ``language``.

        :raises RuntimeError: if nothing can say which locale is meant: the words of one language
            would be kept for another.
        """
        with self._locale(language):
            return str(text)


class Absent(NullTranslations):
    """A fallback for catalogues that returns nothing, so that a missing translation shows."""

    def gettext(self, message: str) -> str:
        return ""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return ""


def _read(path: Path) -> GNUTranslations:
    try:
        with path.open("rb") as file:
            catalogue = GNUTranslations(file)
    except (OSError, ValueError, LookupError, struct.error) as error:
        raise ValueError(f"translations: {path} cannot be read: {error}") from error
    catalogue.add_fallback(Absent())
    return catalogue


def no_locale(language: str) -> AbstractContextManager[object]:
    """Raises :exc:`RuntimeError`: what gives lazy texts a locale where nothing does."""
    raise RuntimeError(
        "the policy has lazy texts, which need a locale: they are read within an app that has "
        "Flask-Babel, or pass CookieConsent(..., locale=...)"
    )
