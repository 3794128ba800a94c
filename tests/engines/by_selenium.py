"""Chromium and WebKitGTK, by their WebDriver."""

from __future__ import annotations

from typing import Any

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from .visitor import EngineVisitor


class SeleniumVisitor(EngineVisitor):
    """A visitor by the WebDriver protocol."""

    passing = (WebDriverException,)

    def __init__(self, driver: WebDriver) -> None:
        self._driver = driver
        self._tabs = [driver.current_window_handle]

    def get(self, url: str) -> None:
        self._driver.get(url)

    def reload(self) -> None:
        self._driver.refresh()

    def back(self) -> None:
        self._driver.back()

    def js(self, expression: str, *arguments: Any) -> Any:
        return self._driver.execute_script(f"return {expression}", *arguments)

    def press(self, *keys: str) -> None:
        action = webdriver.ActionChains(self._driver)
        for key in keys:
            action.send_keys(getattr(Keys, key.upper(), key))
        action.perform()

    def _click(self, finder: str, *arguments: Any) -> bool:
        found = self.js(finder, *arguments)
        if found is not None:
            found.click()
        return found is not None

    @property
    def cookies(self) -> dict[str, dict[str, Any]]:
        return {cookie["name"]: cookie for cookie in self._driver.get_cookies()}

    def open_tab(self) -> None:
        self._driver.switch_to.new_window("tab")
        self._tabs.append(self._driver.current_window_handle)

    def go_to_tab(self, number: int) -> None:
        self._driver.switch_to.window(self._tabs[number])
