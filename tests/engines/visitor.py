"""What a visitor does and sees in any engine, in words that tests are written in.

The names are those of the visitor of Chromium (:class:`tests.browser.visitor.Visitor`), which has
more of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, TypeVar

from selenium.common.exceptions import TimeoutException
from selenium.webdriver.support.wait import WebDriverWait

T = TypeVar("T")

#: The visible element that can be clicked, has this text and is not covered; else null.
_FIND = """((text, within) => {
  const said = (e) => e.textContent.trim().replace(/\\s+/g, " ");
  const found = [...document.querySelectorAll(`${within} :is(button, a, label, summary)`)].find(
    (e) =>
      (said(e) == text || e.ariaLabel == text) && e.checkVisibility({ visibilityProperty: true })
  );
  const isOnTop = () => {
    const { left, top, width, height } = found.getClientRects()[0];
    const hit = document.elementFromPoint(left + width / 2, top + height / 2);
    return found.contains(hit);
  };
  if (!found || isOnTop()) return found ?? null;
  found.scrollIntoView({ block: "center", behavior: "instant" });
  return isOnTop() ? found : null;
})(...arguments)"""

_IS_VISIBLE = """((e) => !!e?.checkVisibility({ visibilityProperty: true }))(
  document.querySelector(arguments[0]))"""

_FOCUSED = """((e) => e === document.body ? "body" : e.textContent.trim() || e.ariaLabel || e.id)(
  document.activeElement)"""


class EngineVisitor(ABC):
    """Somebody with a browser that knows nothing of them yet."""

    #: What the browser raises when a page is not there yet, or not any more.
    passing: tuple[type[Exception], ...]

    # -- What each engine does in its own way -------------------------------------------------

    @abstractmethod
    def get(self, url: str) -> None:
        """Goes to a page and waits until it is loaded."""

    @abstractmethod
    def reload(self) -> None: ...

    @abstractmethod
    def back(self) -> None:
        """Presses the Back button; does not wait for the page."""

    @abstractmethod
    def js(self, expression: str, *arguments: Any) -> Any:
        """The value of a JavaScript expression, which sees ``arguments``; of a promise, what comes
        of it. It must be one that JSON has. Works in pages that run no scripts of their own."""

    @abstractmethod
    def press(self, *keys: str) -> None:
        """Presses keys wherever the focus is: ``tab``, ``escape``, or characters."""

    @abstractmethod
    def _click(self, finder: str, *arguments: Any) -> bool:
        """Clicks the element that a JavaScript expression gives, if it gives one."""

    @property
    @abstractmethod
    def cookies(self) -> dict[str, dict[str, Any]]:
        """The cookies of the present page by name, HttpOnly ones too, with at least ``value``,
        ``httpOnly`` and ``secure``."""

    @abstractmethod
    def open_tab(self) -> None:
        """Opens another tab and goes to it."""

    @abstractmethod
    def go_to_tab(self, number: int) -> None:
        """Goes to the tab that was opened as this one, counting from 0."""

    # -- What is the same in all --------------------------------------------------------------

    def click(self, text: str, within: str = "body") -> None:
        """Clicks the visible button, link, label or summary with exactly this text."""
        self.until(
            lambda: self._click(_FIND, text, within),
            f"nothing to click called {text!r} in {within}",
        )

    @property
    def banner(self) -> bool:
        """Whether the first layer is to be seen."""
        return self.sees("#fcc")

    @property
    def dialog(self) -> bool:
        """Whether the preferences are open as a dialog."""
        return self.sees("#fcc-dialog")

    def sees(self, selector: str) -> bool:
        """Whether the first element of a selector is there and visible."""
        return bool(self.js(_IS_VISIBLE, selector))

    @property
    def focused(self) -> str:
        """The text, label or id of what has the focus."""
        return str(self.js(_FOCUSED))

    def allows(self, name: str) -> bool:
        return bool(self.js("window.cookieConsent.allows(arguments[0])", name))

    @property
    def ran(self) -> list[str]:
        """The names that scripts have left in ``window.ran``, in the order they ran."""
        return list(self.js("window.ran || []"))

    @property
    def path(self) -> str:
        """Where the present page is, without its origin."""
        return str(self.js("location.pathname + location.search"))

    def until(self, condition: Callable[[], T], message: str = "", timeout: float = 30) -> T:
        """Waits for ``condition`` to become true, and gives its value."""
        wait: WebDriverWait[Any] = WebDriverWait(self, timeout, 0.05, self.passing)  # type: ignore[type-var]
        try:
            return wait.until(lambda _: condition())
        except TimeoutException:
            raise AssertionError(message or "the condition did not hold") from None
