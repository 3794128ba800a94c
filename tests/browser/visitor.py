"""What a visitor does and sees, in words that tests are written in."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

from selenium import webdriver
from selenium.common.exceptions import (
    ElementNotInteractableException,
    NoSuchElementException,
    StaleElementReferenceException,
    TimeoutException,
)
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from tests.fonts import FACES

T = TypeVar("T")


class Visitor:
    """A headless Chromium, driven as a visitor would."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    # -- Going about ------------------------------------------------------------------------

    def get(self, url: str) -> None:
        self.driver.get(url)

    def click(self, text: str, within: str = "body") -> None:
        """Clicks the visible button, link, label or summary with exactly this text."""
        quoted = json.dumps(text, ensure_ascii=False)
        path = (
            f".//*[self::button or self::a or self::label or self::summary]"
            f"[normalize-space()={quoted} or @aria-label={quoted}]"
        )

        def click(_: Any) -> bool:
            root = self.driver.find_element(By.CSS_SELECTOR, within)
            found = next((e for e in root.find_elements(By.XPATH, path) if e.is_displayed()), None)
            if found is not None:
                found.click()
            return found is not None

        self._wait(click, f"nothing to click called {text!r} in {within}")

    def press(self, *keys: str) -> None:
        """Presses keys wherever the focus is."""
        action = webdriver.ActionChains(self.driver)
        for key in keys:
            action.send_keys(getattr(Keys, key.upper(), key))
        action.perform()

    def press_back(self) -> None:
        """Shift and Tab: to what had the focus before."""
        action = webdriver.ActionChains(self.driver).key_down(Keys.SHIFT).send_keys(Keys.TAB)
        action.key_up(Keys.SHIFT).perform()

    def reload(self) -> None:
        self.driver.refresh()

    def back(self) -> None:
        self.driver.back()

    # -- Looking ----------------------------------------------------------------------------

    @property
    def banner(self) -> bool:
        """Whether the first layer is to be seen."""
        return self._displayed("#fcc")

    @property
    def dialog(self) -> bool:
        """Whether the preferences are open as a dialog."""
        return self._displayed("#fcc-dialog")

    def _displayed(self, selector: str) -> bool:
        try:
            return any(e.is_displayed() for e in self.find(selector))
        except StaleElementReferenceException:
            return False

    def find(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def js(self, script: str, *arguments: Any) -> Any:
        """The value of a JavaScript expression."""
        return self.driver.execute_script(f"return {script}", *arguments)

    @property
    def focused(self) -> str:
        """The text, label or id of what has the focus."""
        return str(
            self.js(
                "((e) => e === document.body ? 'body' : "
                "e.textContent.trim() || e.ariaLabel || e.id)(document.activeElement)"
            )
        )

    def allows(self, name: str) -> bool:
        return bool(self.js("window.cookieConsent.allows(arguments[0])", name))

    @property
    def ran(self) -> list[str]:
        """The names that scripts have left in ``window.ran``, in the order they ran."""
        return list(self.js("window.ran || []"))

    def box(self, selector: str) -> dict[str, float]:
        """Where an element is in the window, in CSS pixels."""
        return dict(
            self.js(
                "document.querySelector(arguments[0]).getBoundingClientRect().toJSON()", selector
            )
        )

    # -- The jar, by DevTools: HttpOnly cookies and other origins' too ------------------------

    @property
    def cookies(self) -> dict[str, dict[str, Any]]:
        """All cookies by name."""
        return {cookie["name"]: cookie for cookie in self.all_cookies}

    @property
    def all_cookies(self) -> list[dict[str, Any]]:
        return list(self.cdp("Network.getAllCookies")["cookies"])

    @property
    def consent_cookie(self) -> str | None:
        cookie = self.cookies.get("consent")
        return cookie and cookie["value"]

    def set_cookie(self, name: str, value: str, url: str, **more: Any) -> None:
        self.cdp("Network.setCookie", name=name, value=value, url=url, **more)

    # -- The browser itself -----------------------------------------------------------------

    def cdp(self, command: str, **arguments: Any) -> dict[str, Any]:
        return dict(self.driver.execute_cdp_cmd(command, arguments))

    def scripts(self, on: bool) -> None:
        """Switches JavaScript on or off."""
        self.cdp("Emulation.setScriptExecutionDisabled", value=not on)

    def window(self, width: int, height: int, *, mobile: bool = False) -> None:
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=mobile,
        )

    def media(self, **features: str) -> None:
        """Emulates media features: ``media(prefers_color_scheme="dark")``."""
        pairs = [{"name": k.replace("_", "-"), "value": v} for k, v in features.items()]
        self.cdp("Emulation.setEmulatedMedia", features=pairs)

    def draw_with(self, face: str) -> None:
        """Draws the pages of this tab with a face of :data:`tests.fonts.FACES`, where they ask for
        a generic family or ``--fcc-font``. (Pages with scripts only: no protocol changes what
        ``system-ui`` is, so that a style sheet names the family.)"""
        family = FACES[face]
        generic = ("standard", "serif", "sansSerif", "fixed", "cursive", "fantasy", "math")
        self.cdp("Page.setFontFamilies", fontFamilies=dict.fromkeys(generic, family))
        self.on_new_page(
            "const face = new CSSStyleSheet();"
            f"face.replaceSync(':root {{ --fcc-font: {json.dumps(family)} }}');"
            "document.adoptedStyleSheets = [face];"
        )

    def on_new_page(self, script: str) -> str:
        """Runs ``script`` in every page from now on, before its own."""
        return str(self.cdp("Page.addScriptToEvaluateOnNewDocument", source=script)["identifier"])

    @property
    def console(self) -> list[str]:
        """Warnings and errors in the console since the last look."""
        entries = self.driver.get_log("browser")
        return [e["message"] for e in entries if e["level"] in ("WARNING", "SEVERE")]

    # -- Waiting ----------------------------------------------------------------------------

    def until(self, condition: Callable[[], T], message: str = "", timeout: float = 30) -> T:
        """Waits for ``condition`` to become true, and gives its value."""
        return self._wait(lambda _: condition(), message or "the condition did not hold", timeout)

    def _wait(self, condition: Callable[[Any], Any], message: str, timeout: float = 30) -> Any:
        # What is not there yet, or not where it will be, is tried again.
        ignored = (
            NoSuchElementException,
            StaleElementReferenceException,
            ElementNotInteractableException,
        )
        wait = WebDriverWait(self.driver, timeout, 0.02, ignored)
        try:
            return wait.until(condition)
        except TimeoutException:
            raise AssertionError(message) from None

    def reset(self) -> None:
        """Makes a new tab that of a clean browser: forgets what outlives the tabs before it."""
        self.cdp("Network.enable")
        self.cdp("Network.clearBrowserCookies")
        self.cdp("Network.clearBrowserCache")
        self.cdp("Storage.clearDataForOrigin", origin="*", storageTypes="all")
        self.window(1280, 800)
        self.driver.get_log("browser")
        self.driver.get_log("performance")
