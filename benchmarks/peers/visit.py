"""First visits to the page of a subject, and a click that accepts."""

from __future__ import annotations

from dataclasses import dataclass, field

from .. import chromium
from ..devtools import Page
from ..pages import watch
from .subjects import SUBJECTS, Subject

WIDTH, HEIGHT = 412, 823

#: How long the page is left alone after it has loaded, in seconds: the latest banner comes in the
#: first half of it.
IDLE = 2.0

#: How long frames are drawn before the click, in seconds.
_BEFORE_CLICK = 0.3

#: How long after the click, in seconds: the slowest banner takes one to fade out.
_AFTER_CLICK = 2.0

_LAYOUT = ("LayoutDuration", "RecalcStyleDuration")

_BANNERS = ", ".join(dict.fromkeys(s.banner for s in SUBJECTS if s.banner))
_TEXTS = ", ".join(dict.fromkeys(s.text for s in SUBJECTS if s.text))

#: Also notes when the first frame in which a text of the banner is visible has been drawn. Of those
#: that fade in, the browser tells no time of painting.
_WATCH = (
    watch(_BANNERS)
    + """
(() => {
  const sees = (text) => {
    const { top, bottom } = text.getBoundingClientRect();
    return top < innerHeight && bottom > 0 &&
      text.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  };
  const drawn = new MessageChannel();
  drawn.port1.onmessage = () => { found.banner = performance.now(); drawn.port1.close(); };
  const look = () => {
    if ([...document.querySelectorAll("TEXTS")].some(sees)) drawn.port2.postMessage("");
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
""".replace("TEXTS", _TEXTS)
)

#: Something that changes with every frame: a headless Chromium at rest may keep the frame after a
#: click, and tell nothing of it, until something else changes.
_FRAMES = """
(() => {
  const dot = document.createElement("div");
  dot.style.cssText = "position:fixed;top:0;left:0;width:1px;height:1px;contain:strict";
  document.body.append(dot);
  let frames = 0;
  const change = () => {
    dot.style.background = frames++ % 2 ? "#fff" : "#eee";
    requestAnimationFrame(change);
  };
  change();
})();
"""


@dataclass
class Found:
    """What was measured of one subject, by round."""

    size: list[float] = field(default_factory=list)
    requests: list[float] = field(default_factory=list)
    banner: list[float] = field(default_factory=list)
    script: list[float] = field(default_factory=list)
    layout: list[float] = field(default_factory=list)
    answer: list[float] = field(default_factory=list)
    lcp: list[float] = field(default_factory=list)
    lcp_element: list[str] = field(default_factory=list)
    shift: list[float] = field(default_factory=list)
    #: The durations of long tasks, those after the click included.
    tasks: list[list[float]] = field(default_factory=list)


def prepare(page: Page) -> None:
    """Makes a slow phone of the page."""
    page.send("Page.enable")
    chromium.throttle(page.send, "", WIDTH, HEIGHT)


def measure(page: Page, url: str, subject: Subject, found: Found) -> None:
    """Visits twice: as any visitor does, for what it takes, and then with a script that watches."""
    _open(page, url)
    found.script.append(chromium.metrics_ms(page.send, "ScriptDuration"))
    found.layout.append(chromium.metrics_ms(page.send, *_LAYOUT))
    requests, size = chromium.sent(page.events)
    found.requests.append(requests)
    found.size.append(size - _headers(page))

    added = page.send("Page.addScriptToEvaluateOnNewDocument", source=_WATCH)
    _open(page, url)
    seen = page.value("found")
    page.send("Page.removeScriptToEvaluateOnNewDocument", **added)
    if subject.banner and not seen["banner"]:
        raise RuntimeError(f"{subject.name}: its banner was not seen")
    found.banner.append(seen["banner"])
    found.lcp.append(seen["lcpTime"])
    found.lcp_element.append(seen["lcp"])
    found.shift.append(seen["shift"])
    if subject.accept:
        _click(page, subject)
        seen = page.value("found")
        found.answer.append(max(ms for _, id_, ms in seen["events"] if id_))
    found.tasks.append([ms for _, ms in seen["tasks"]])


def _open(page: Page, url: str) -> None:
    """Opens ``url`` as somebody who was never there."""
    _go(page, "about:blank")
    page.send("Network.clearBrowserCookies")
    page.send("Network.clearBrowserCache")
    # What a banner keeps elsewhere than in a cookie.
    page.send("Storage.clearDataForOrigin", origin=url, storageTypes="all")
    _go(page, url)
    page.listen(IDLE)


def _headers(page: Page) -> int:
    """The bytes of all headers that came."""
    came = (e["params"] for e in page.events if e["method"] == "Network.responseReceived")
    return int(sum(parameters["response"]["encodedDataLength"] for parameters in came))


def _go(page: Page, url: str) -> None:
    page.events.clear()
    page.send("Page.navigate", url=url)
    page.until("Page.loadEventFired")


def _click(page: Page, subject: Subject) -> None:
    """Presses what accepts, with the mouse."""
    x, y = page.value(
        f"(({{ x, y, width, height }}) => [x + width / 2, y + height / 2])"
        f"(document.querySelector({subject.accept!r}).getBoundingClientRect())"
    )
    page.value(_FRAMES)
    page.listen(_BEFORE_CLICK)
    mouse = {"x": x, "y": y, "button": "left", "clickCount": 1}
    page.send("Input.dispatchMouseEvent", type="mousePressed", **mouse)
    page.send("Input.dispatchMouseEvent", type="mouseReleased", **mouse)
    page.listen(_AFTER_CLICK)
    shown = "checkVisibility({ visibilityProperty: true, opacityProperty: true })"
    if page.value(f"document.querySelector({subject.accept!r})?.{shown}"):
        raise RuntimeError(f"{subject.name}: the click did not close its banner")
