"""The banner beside the style sheets that sites bring: neither changes the other."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from PIL import Image, ImageChops

from tests.browser.host_pages import FRAMEWORKS, host_app
from tests.browser.layer import fits, with_each_face_and
from tests.browser.test_measure import MEASURE

SIZES = {360: (360, 640), 1280: (1280, 800)}
#: How far the shadow of the banner reaches, in pixels.
SHADOW = 34

of_each_framework = pytest.mark.parametrize("framework", FRAMEWORKS)


def pairwise(*two: Any) -> list[tuple[Any, ...]]:
    """Each framework with each of two things and at each width, and each of the two at each width:
    not all three crossed."""
    return [
        (framework, thing, width)
        for n, framework in enumerate(FRAMEWORKS)
        for thing, width in zip(two, list(SIZES)[:: 1 if n % 2 else -1], strict=True)
    ]


in_each_placement = pytest.mark.parametrize(
    ("framework", "placement", "width"), pairwise("bar", "card")
)

#: Where everything of the site's own lies in the page, and how it looks.
OWN = """[...document.querySelectorAll("#wrap, :is(nav, main, footer), :is(nav, main, footer) *")]
  .map((el) => {
    const { x, y, width, height } = el.getBoundingClientRect();
    const styles = ["", "::before", "::after"].map((part) => getComputedStyle(el, part).cssText);
    return [el.tagName, x, y + scrollY, width, height, styles.join()].join();
  })
"""


def picture(browser: Any) -> Image.Image:
    """What the window shows, at the top of the page, with the mouse and the focus nowhere."""
    browser.js("scrollTo({ top: 0, behavior: 'instant' })")
    browser.js("document.activeElement.closest('dialog') || document.activeElement.blur()")
    browser.cdp("Input.dispatchMouseEvent", type="mouseMoved", x=0, y=0)
    data = browser.cdp("Page.captureScreenshot", format="png")["data"]
    return Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")


def cut(browser: Any, selector: str) -> Image.Image:
    """What the window shows of an element, without its edge, where the page is to be seen."""
    box = browser.box(selector)
    inner = (box["left"] + 4, box["top"] + 4, box["right"] - 4, box["bottom"] - 4)
    return picture(browser).crop(tuple(round(side) for side in inner))


def difference(one: Image.Image, other: Image.Image) -> Any:
    """The box of the pixels that differ, or None. (How round corners are smoothed depends on where
    in the window they lie: by some 12 of 255.)"""
    if one.size != other.size:
        return one.size, other.size
    return ImageChops.difference(one, other).point(lambda value: 255 * (value > 24)).getbbox()


def at(browser: Any, width: int) -> None:
    browser.window(*SIZES[width])
    browser.cdp("Emulation.setScrollbarsHidden", hidden=True)


def opened(browser: Any, url: str) -> None:
    browser.get(url)
    browser.until(lambda: browser.banner)
    browser.until(lambda: browser.js("!!window.cookieConsent"))


def root_size(browser: Any) -> float:
    """The size of the root's text, which is the visitor's own and scales everything."""
    return float(browser.js("parseFloat(getComputedStyle(document.documentElement).fontSize)"))


# -- Nothing leaks out ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("framework", "look", "width"), pairwise(("bar", "plain"), ("card", "inherit"))
)
def test_the_page_looks_as_it_does_without_the_banner(browser, serve, framework, look, width):
    """While the banner is up, but for where it lies; after the preferences; and after a choice."""
    placement, theme = look
    site = serve(host_app(framework, placement=placement, theme=theme))
    at(browser, width)
    browser.get(f"{site.url}/page?bare")
    bare, own = picture(browser), browser.js(OWN)
    assert len(own) > 30

    opened(browser, f"{site.url}/page")
    # But for the room at the page's end, which makes a box as high as the window end above a bar.
    browser.js("document.documentElement.style.setProperty('--fcc-room', '0px')")
    box = browser.box("#fcc")
    left, top, right = box["left"] - SHADOW, box["top"] - SHADOW, box["right"] + SHADOW
    covered = (round(left), round(top), round(right), bare.height)
    around, without = picture(browser), bare.copy()
    for image in (around, without):
        image.paste(0, covered)
    assert difference(around, without) is None, "while it is up"
    assert browser.js(OWN) == own

    browser.click("Reject all")
    browser.until(lambda: not browser.banner)
    assert difference(picture(browser), bare) is None, "after the choice"
    assert browser.js(OWN) == own

    browser.js("document.querySelector('footer a').click()")  # wherever the page is
    browser.until(lambda: browser.dialog)
    browser.press("escape")
    browser.until(lambda: not browser.dialog)
    assert difference(picture(browser), bare) is None, "after the preferences"
    assert browser.js(OWN) == own


# -- Nothing leaks in -------------------------------------------------------------------------


@in_each_placement
def test_the_banner_and_the_preferences_look_as_they_do_in_a_page_without_style(
    browser, serve, framework, placement, width
):
    styled, plain = (serve(host_app(name, placement=placement)) for name in (framework, "none"))
    at(browser, width)
    seen = []
    address = f"{styled.url}/page"
    for _ in range(2):
        opened(browser, address)
        layer = cut(browser, "#fcc")
        browser.js("document.querySelector('#fcc [data-fcc]').click()")
        browser.until(lambda: browser.dialog)
        browser.js(
            "document.querySelectorAll('#fcc-dialog details').forEach((d) => (d.open = true))"
        )
        seen.append((layer, cut(browser, "#fcc-dialog")))
        address = f"{plain.url}/page?root={root_size(browser)}"
    assert difference(seen[0][0], seen[1][0]) is None, f"the banner at {width} px"
    assert difference(seen[0][1], seen[1][1]) is None, f"the preferences at {width} px"


@of_each_framework
def test_a_placeholder_looks_as_it_does_in_a_page_without_style(browser, serve, framework):
    styled, plain = (serve(host_app(name)) for name in (framework, "none"))
    at(browser, 1280)
    seen = []
    address = f"{styled.url}/embed"
    for _ in range(2):
        opened(browser, address)
        browser.click("Reject all")
        browser.until(lambda: browser.one(".fcc-e [type=button]").is_displayed())
        browser.js("document.querySelector('.fcc-e details').open = true")
        seen.append(cut(browser, ".fcc-e"))
        address = f"{plain.url}/embed?root={root_size(browser)}"
        browser.cdp("Network.clearBrowserCookies")
    assert difference(*seen) is None


#: What of the preferences is cut off or lies outside.
INSIDE = """((d) => [...d.querySelectorAll("button, fieldset, label, p, summary")]
  .filter((el) => el.getClientRects().length)
  .filter((el) => {
    const r = el.getBoundingClientRect(), o = d.getBoundingClientRect();
    return r.left < o.left || r.right > o.right || el.scrollWidth > el.clientWidth + 1 &&
      getComputedStyle(el).display != "inline";
  }).map((el) => el.outerHTML.slice(0, 80)))(document.querySelector("#fcc-dialog"))
"""


@with_each_face_and(framework=FRAMEWORKS, placement=["bar", "card"], width=SIZES)
def test_refusing_stays_as_easy_and_everything_can_be_read_and_hit_in_the_sites_own_colours(
    browser, serve, framework, placement, width
):
    """F1, F4, A3: contrasts and targets as measured in the page, for the banner and for the
    preferences. (In other colours they are those of a page without style, by the test above.)"""
    site = serve(host_app(framework, placement=placement, theme="inherit"))
    at(browser, width)
    opened(browser, f"{site.url}/page")
    browser.press("tab")  # a window has no focus until something happens in it
    found = browser.driver.execute_script(MEASURE)
    assert found["faults"] == []
    assert all(row["equal"] for row in found["layer"]["compared"])
    fits(browser, *SIZES[width], 1 / 3 if width < 500 else 1 / 2)
    browser.js("document.querySelector('#fcc [data-fcc]').click()")
    browser.until(lambda: browser.dialog)
    found = browser.driver.execute_script(MEASURE)
    assert found["faults"] == []
    assert browser.js(INSIDE) == []
    boxes = [b for b in browser.find("#fcc-dialog fieldset > input") if b.is_displayed()]
    assert len(boxes) == 3


#: What of the tables is wrong: cells outside their frame, cells that are not under their head,
#: text over its cell, a caption to be seen, paragraphs and headings without room between them.
TABLES = """((p) => {
  const wrong = [], box = (el) => el.getBoundingClientRect();
  for (const table of p.querySelectorAll("table")) {
    const frame = box(table.parentElement), heads = [...table.querySelectorAll("thead th")];
    const wide = heads[0].getClientRects().length && box(heads[0]).width > 1 && innerWidth > 700;
    if (box(table.caption).width > 1) wrong.push("caption");
    const end = frame.left + table.parentElement.scrollWidth + 2; // it may scroll by itself
    if (box(table).right > end || innerWidth < 700 && end > innerWidth) wrong.push("table");
    for (const cell of table.querySelectorAll("tbody :is(th, td)")) {
      const r = box(cell), label = getComputedStyle(cell, "::before").content;
      const text = document.createRange();
      text.selectNodeContents(cell);
      const head = heads.find((h) => h.textContent == cell.dataset.label);
      if (r.left < frame.left || r.right > end) wrong.push("outside: " + cell.textContent);
      if (box(text).right > r.right + 1) wrong.push("cut off: " + cell.textContent);
      if (wide ? Math.abs(box(head).left - r.left) > 1 : !label.includes(cell.dataset.label))
        wrong.push("head: " + cell.textContent);
    }
  }
  const parts = [...p.querySelectorAll(":scope > :is(h2, h3, p, ul, div)")];
  parts.forEach((el, n) => {
    if (n && box(el).top - box(parts[n - 1]).bottom < 3) wrong.push("close: " + el.textContent);
  });
  if (document.documentElement.scrollWidth > innerWidth) wrong.push("the page scrolls sideways");
  return wrong;
})(document.querySelector("#fcc-content"))
"""


@with_each_face_and(framework=FRAMEWORKS, theme=["plain", "inherit"], width=SIZES)
def test_the_policys_tables_can_be_read_in_a_page_of_the_sites_own(
    browser, serve, framework, theme, width
):
    site = serve(host_app(framework, theme=theme))
    at(browser, width)
    opened(browser, f"{site.url}/policy")
    browser.click("Reject all")
    browser.until(lambda: not browser.banner)
    assert browser.js(TABLES) == []
    assert browser.driver.execute_script(MEASURE)["faults"] == []
