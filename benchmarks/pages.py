"""The pages that a browser opens: the same one, without anything and with ours in two ways."""

from __future__ import annotations

import brotli
from flask import Flask, Response, render_template_string

from flask_cookie_consent import CookieConsent

from .policies import portal

EMPTY, BANNER, TAG = "page without consent", "consent_banner()", "script tag alone"

#: By page, what stands at the beginning and at the end of its body.
PARTS = {
    EMPTY: ("", ""),
    BANNER: ("{{ consent_banner() }}", ""),
    TAG: ("", '<script src="/consent/banner.js" defer></script>'),
}

#: How long each gated tag keeps the thread, in ms on the throttled machine.
TAG_WORK = 40

_TAGS = "".join(
    f'<script type="text/plain" data-consent="marketing" src="/tag.js?{n}"></script>'
    if n % 2
    else f'<script type="text/plain" data-consent="marketing">work({n})</script>'
    for n in range(10)
)

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Open data</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<style>body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:40em;padding:1em}</style>
<script>
window.ran = [];
function work(n) {
  for (const end = performance.now() + WORK; performance.now() < end;);
  ran.push(n);
}
</script></head><body>BEGIN
<h1>Air quality in the city</h1>
<p>Since 2012 the city measures nitrogen dioxide, ozone and particulate matter at fourteen
stations, every hour of the year. The values are published here as they come in, without any
correction, and once more after they were checked, which takes about three months. Both series
can be downloaded, and nobody needs to ask before using them.</p>
<h2>Stations</h2><ul>ITEMS</ul>
<p>Questions about the data are answered by the department for the environment.</p>
TAGS END</body></html>"""

_WATCH = """
(() => {
  const found = (window.found =
    { shift: 0, tasks: [], events: [], lcp: "", lcpTime: 0, fcp: 0, banner: 0 });
  const watch = (type, each, more) =>
    new PerformanceObserver((list) => list.getEntries().forEach(each))
      .observe({ type, buffered: true, ...more });
  // All of it: emulating a small window passes for input (hadRecentInput).
  watch("layout-shift", (e) => { found.shift += e.value; });
  watch("longtask", (e) => found.tasks.push([e.startTime, e.duration]));
  watch("largest-contentful-paint", (e) => {
    found.lcp = e.element?.closest("BANNER") ? "banner" : e.element?.localName || "?";
    found.lcpTime = e.startTime;
  });
  watch("paint", (e) => { if (e.name == "first-contentful-paint") found.fcp = e.startTime; });
  watch("first-input", (e) => found.events.push([e.name, e.interactionId || 1, e.duration]));
  watch("event", (e) => found.events.push([e.name, e.interactionId, e.duration]),
    { durationThreshold: 16 });
})();
"""

#: The time when the text of the first layer is painted, told by the browser itself.
_PAINTED = """
new PerformanceObserver((list) => { found.banner = list.getEntries()[0].startTime; })
  .observe({ type: "element", buffered: true });
new MutationObserver((_, observer) => {
  const text = document.querySelector("#fcc .fcc-t");
  if (!text) return;
  observer.disconnect();
  text.setAttribute("elementtiming", "");
}).observe(document, { childList: true, subtree: true });
"""


def watch(banner: str) -> str:
    """The script by which a page notes in ``found`` what is measured; ``banner`` is a selector."""
    return _WATCH.replace("BANNER", banner)


#: What our pages say about themselves. ``fcc`` is the id of the first layer.
WATCH = watch("[id^=fcc]") + _PAINTED


def make_app() -> Flask:
    """An app with the pages, by number, without (``/0``) and with gated tags (``/0/tags``)."""
    app = Flask("pages")
    app.register_blueprint(CookieConsent(portal()))

    @app.get("/<int:number>")
    @app.get("/<int:number>/<tags>")
    def page(number: int, tags: str = "") -> str:
        begin, end = list(PARTS.values())[number]
        items = "".join(f"<li>Station {n}, since {2000 + n}</li>" for n in range(1, 15))
        text = _PAGE.replace("WORK", str(TAG_WORK)).replace("ITEMS", items)
        text = text.replace("BEGIN", begin).replace("TAGS", _TAGS if tags else "")
        return render_template_string(text.replace("END", end))

    @app.get("/tag.js")
    def tag() -> Response:
        return Response("work('src')", mimetype="text/javascript")

    @app.after_request
    def compress(response: Response) -> Response:
        # As a web server in front of Flask does; our own files come compressed.
        if response.mimetype == "text/html":
            response.set_data(brotli.compress(response.get_data(), quality=5))
            response.headers["Content-Encoding"] = "br"
        return response

    return app
