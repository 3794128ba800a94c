"""Three other companies, played by one local server: statistics, marketing and maps.

They do what their like do: scripts that write cookies in the site's name, pixels, cookies of
their own, a page for an ``<iframe>``. And they count what reaches them, so that one can see that
before a choice nothing does.
"""

from __future__ import annotations

import secrets
import threading
from collections import Counter

from flask import Flask, Response, jsonify, request

#: What visitors' browsers never ask for is not counted: the portal's own look-ups.
LEDGER = "/ledger.json"

#: Cookies that are meant for one embedding site alone; Lanternfish wants to know more than that.
PARTITIONED = ("tm_visitor", "cl_view")

GIF = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)

TALLYMARK_SCRIPT = """\
(() => {
  const year = 365 * 24 * 3600;
  const known = /(?:^|; )_tm_visit=([^;]*)/.exec(document.cookie);
  const visit = known ? known[1] : Math.random().toString(36).slice(2, 12);
  document.cookie = `_tm_visit=${visit}; path=/; max-age=${year}; samesite=lax`;
  const page = encodeURIComponent(location.pathname);
  new Image().src = new URL(`pixel.gif?visit=${visit}&page=${page}`, document.currentScript.src);
})();
"""

#: What a page loads that names it outside any template.
FORGOTTEN_SCRIPT = """\
document.documentElement.dataset.forgotten = "ran";
"""

LANTERNFISH_SCRIPT = """\
new Image().src = new URL("pixel.gif?from=" + encodeURIComponent(document.referrer),
  document.currentScript.src);
"""

MAP = """\
<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><title>Cartolane</title>
<link rel="stylesheet" href="map.css"></head>
<body><svg viewBox="0 0 640 360" preserveAspectRatio="xMidYMid slice" role="img"
aria-label="{label}">
<rect class="land" width="640" height="360"/>
<path class="park" d="M40 30h130l24 74-60 58-104-18zM470 210l112-22 58 40v94l-120 16z"/>
<path class="water" d="M-20 268C110 214 168 318 292 262S500 128 660 152"/>
<g class="minor"><path d="M60-10 96 380M196-10l18 390M330-10l-6 390M452-10l38 390M566-10l22 390"/>
<path d="M-10 70 650 34M-10 178l660-62M-10 330l660-40"/></g>
<g class="major"><path d="M-10 122C160 90 250 96 352 132s210 40 300 14
M262-10c-8 130 20 250 64 390"/>
</g>{pins}</svg><p>© Cartolane</p></body></html>
"""

MAP_STYLE = """\
html, body { margin: 0; height: 100%; }
svg { display: block; width: 100%; height: 100%; }
p { position: fixed; right: 0; bottom: 0; margin: 0; padding: 2px 8px; font: 12px system-ui;
  background: #fffc; color: #333; }
.land { fill: #efece4; } .park { fill: #cfe0c3; }
.water { fill: none; stroke: #a9cbdc; stroke-width: 34; }
.minor { fill: none; stroke: #fff; stroke-width: 4; }
.major { fill: none; stroke: #fff; stroke-width: 9; }
.pin { fill: #b0452c; stroke: #fff; stroke-width: 3; }
@media (prefers-color-scheme: dark) {
  .land { fill: #20282d; } .park { fill: #26382f; } .water { stroke: #2b4b5e; }
  .minor { stroke: #2c363c; } .major { stroke: #3a464d; } .pin { fill: #ef8a6b; stroke: #20282d; }
  p { background: #171d21cc; color: #ccd5da; }
}
"""

PLACES = ((118, 118), (214, 84), (276, 190), (352, 132), (404, 236), (486, 148), (548, 96))


class Ledger:
    """What has reached the third parties since the start. Requests come in threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[str] = Counter()
        self._cookies: Counter[str] = Counter()

    def note(self, path: str, cookies: list[str]) -> None:
        with self._lock:
            self._requests[path] += 1
            self._cookies.update(cookies)

    def clear(self) -> None:
        with self._lock:
            self._requests.clear()
            self._cookies.clear()

    def to_dict(self) -> dict[str, dict[str, int]]:
        with self._lock:
            return {
                "requests": dict(sorted(self._requests.items())),
                "cookies": dict(sorted(self._cookies.items())),
            }


def create_third_party() -> Flask:
    """The application of all three companies."""
    app = Flask(__name__, static_folder=None)
    ledger = Ledger()

    @app.before_request
    def note() -> None:
        if request.path not in (LEDGER, "/favicon.ico"):
            ledger.note(request.path, list(request.cookies))

    @app.get(LEDGER)
    def show_ledger() -> Response:
        return jsonify(ledger.to_dict())

    @app.delete(LEDGER)
    def clear_ledger() -> Response:
        # A page of another origin cannot send this without asking first, and nobody answers.
        ledger.clear()
        return Response(status=204)

    _add_tallymark(app)
    _add_lanternfish(app)
    _add_cartolane(app)

    @app.get("/<company>/privacy")
    def privacy(company: str) -> Response:
        name = company.title() if company in ("tallymark", "lanternfish", "cartolane") else ""
        return Response(
            f"{name} is invented, and so is its privacy policy.\n", mimetype="text/plain"
        )

    return app


def _add_tallymark(app: Flask) -> None:
    @app.get("/tallymark/count.js")
    def tallymark_script() -> Response:
        return _script(TALLYMARK_SCRIPT)

    @app.get("/tallymark/forgotten.js")
    def forgotten_script() -> Response:
        return _script(FORGOTTEN_SCRIPT)

    @app.get("/tallymark/pixel.gif")
    def tallymark_pixel() -> Response:
        return _pixel(tm_visitor=365)


def _add_lanternfish(app: Flask) -> None:
    @app.get("/lanternfish/tag.js")
    def lanternfish_script() -> Response:
        return _set_cookies(_script(LANTERNFISH_SCRIPT), lf_uid=90)

    @app.get("/lanternfish/pixel.gif")
    def lanternfish_pixel() -> Response:
        return _pixel(lf_uid=90, lf_seen=30)


def _add_cartolane(app: Flask) -> None:
    @app.get("/cartolane/map")
    def cartolane_map() -> Response:
        french = request.args.get("language") == "fr"
        pins = "".join(f'<circle class="pin" cx="{x}" cy="{y}" r="8"/>' for x, y in PLACES)
        label = "Plan de Merival" if french else "Map of Merival"
        html = MAP.format(language="fr" if french else "en", label=label, pins=pins)
        return _set_cookies(Response(html), cl_view=None)

    @app.get("/cartolane/map.css")
    def cartolane_style() -> Response:
        return Response(MAP_STYLE, mimetype="text/css")


def _script(source: str) -> Response:
    response = Response(source, mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-store"  # so that each page view is counted
    return response


def _pixel(**cookies: int | None) -> Response:
    response = Response(GIF, mimetype="image/gif")
    response.headers["Cache-Control"] = "no-store"
    return _set_cookies(response, **cookies)


def _set_cookies(response: Response, **cookies: int | None) -> Response:
    """Sets cookies by name and days (``None``: for the session), as one must for a browser to
    send them along from other sites' pages."""
    for name, days in cookies.items():
        value = request.cookies.get(name) or secrets.token_hex(5)
        age = "" if days is None else f"; Max-Age={days * 24 * 3600}"
        # Kept apart for each embedding site, it comes along even where third-party cookies are
        # blocked. (Werkzeug writes this attribute only since 3.1.)
        apart = "; Partitioned" if name in PARTITIONED else ""
        response.headers.add(
            "Set-Cookie", f"{name}={value}{age}; Path=/; Secure; SameSite=None{apart}"
        )
    return response
