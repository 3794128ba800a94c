"""Takes the pictures: the same pixels whenever the same bytes are served."""

from __future__ import annotations

import base64
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

from PIL import Image
from selenium import webdriver

from tests.browser.chromium import start_chromium
from tests.browser.visitor import Visitor
from tests.browser.world import Server
from tests.fonts import environment

from .scenes import HEIGHTS, Scene
from .site import site

#: What would make the same page look different on another machine.
FLAGS = (
    "--font-render-hinting=none",
    "--disable-lcd-text",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
)

#: Shown around what is photographed, in CSS pixels: its shadow, and how far the window's edge is.
MARGIN = 24

#: What is photographed, by the part; the first layer otherwise. Of a policy, from where its tables
#: begin.
SUBJECTS = {
    "preferences": "#fcc-dialog",
    "policy": "#fcc-content h2:nth-of-type(3)",
    "embed": ".fcc-e",
}

#: How much of a policy is photographed, in CSS pixels.
DEPTH = 800

_SETTLED = """
const done = arguments[0];
const faces = ["1em Pictures", "700 1em Pictures"].map((face) => document.fonts.load(face));
Promise.all([...faces, document.fonts.ready]).then(() => {
  document.activeElement.blur();
  requestAnimationFrame(() => requestAnimationFrame(() => done(true)));
});
"""


@dataclass(frozen=True)
class Picture:
    """What was photographed, and where in the page it stands.

    :param origin: of its upper left corner, in CSS pixels.
    """

    image: Image.Image
    origin: tuple[int, int]


class Camera:
    """One Chromium in front of :func:`~.site.site`."""

    def __init__(self, driver: webdriver.Chrome, server: Server) -> None:
        self._visitor = Visitor(driver)
        self._url = server.url
        #: Chromium's major version.
        self.major = int(driver.capabilities["browserVersion"].partition(".")[0])

    def look_at(self, scene: Scene) -> Visitor:
        """Goes to what the scene shows, and waits until it is all there."""
        visitor = self._visitor
        visitor.media(prefers_color_scheme=scene.scheme, prefers_reduced_motion="reduce")
        visitor.window(scene.width, HEIGHTS[scene.width])
        visitor.get(self._url + scene.path)
        if scene.part == "preferences":
            visitor.until(lambda: visitor.js("!!window.cookieConsent"))
            visitor.js("document.querySelector('footer [data-fcc]').click()")
            visitor.until(lambda: visitor.dialog)
            visitor.js("document.querySelector('#fcc-dialog [data-all] ~ details').open = true")
        elif scene.has_first_layer:
            visitor.until(lambda: visitor.banner)
        elif scene.part == "embed":
            button = ".fcc-e button[type=button]"
            visitor.until(lambda: visitor.one(button).is_displayed())
        visitor.driver.execute_async_script(_SETTLED)
        return visitor

    def take(self, scene: Scene) -> Picture:
        """A picture of the scene's subject, with a margin where the window has room."""
        visitor = self.look_at(scene)
        box = visitor.box(SUBJECTS.get(scene.part, "#fcc"))
        height = HEIGHTS[scene.width]
        left, top = max(int(box["left"]) - MARGIN, 0), max(int(box["top"]) - MARGIN, 0)
        right = min(ceil(box["right"]) + MARGIN, scene.width)
        bottom = ceil(box["bottom"]) + MARGIN
        if scene.part == "policy":
            bottom = top + DEPTH
        elif scene.part != "embed":
            bottom = min(bottom, height)
        image = self._capture(left, top, right - left, bottom - top, height)
        return Picture(image, (left, top))

    def take_window(self, scene: Scene) -> Image.Image:
        """A picture of the whole window."""
        self.look_at(scene)
        height = HEIGHTS[scene.width]
        return self._capture(0, 0, scene.width, height, height)

    def _capture(self, x: int, y: int, width: int, height: int, window: int) -> Image.Image:
        clip: dict[str, Any] = {"x": x, "y": y, "width": width, "height": height, "scale": 1}
        answer = self._visitor.cdp(
            "Page.captureScreenshot",
            clip=clip,
            captureBeyondViewport=y + height > window,
            optimizeForSpeed=True,
        )
        return Image.open(io.BytesIO(base64.b64decode(answer["data"]))).convert("RGB")


@contextmanager
def open_camera() -> Iterator[Camera]:
    """A camera with a browser and a server of its own."""
    os.environ.update(environment())  # pytest does it for tests, nobody for the command
    with tempfile.TemporaryDirectory(prefix="fcc-pictures-") as folder:
        driver = start_chromium(Path(folder), *FLAGS)
        server = Server(site)
        try:
            yield Camera(driver, server)
        finally:
            driver.quit()
            server.close()
