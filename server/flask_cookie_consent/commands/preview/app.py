"""The preview as an app: its page, and below ``/frame/`` the sites that the page shows."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, render_template, request

from ...http.hosts import host_name
from ...ui.bundles import bundle
from ...ui.look import PLACEMENTS, THEMES
from ...ui.messages import languages
from ...web.layer import WSGIApp
from . import sizes
from .options import (
    COLORS,
    DARK,
    REOPEN,
    SCHEMES,
    SHOWN,
    SIZES,
    Options,
    View,
    packed,
    regimes_of,
    said_by,
    unpacked,
)
from .site import frame_cookie_name, make_site, service_to_embed

if TYPE_CHECKING:
    from ...site import Site

#: Names that lead to this machine and nowhere else. A page elsewhere whose own name is made to
#: lead here (DNS rebinding) asks under that name.
LOCAL = frozenset({"127.0.0.1", "localhost", "[::1]"})

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)

_FRAME = re.compile(r"(/frame/([0-9a-f]{1,16})/([\w-]{1,4000}))(/.*)")


class Preview:
    """The WSGI app. It answers only to names of this machine.

    :param site: the site's own; nothing of the site but its policy and its options is used.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        #: Read while the command is in the site's app: it may be a lazy text.
        self._controller = site.renderer.view(site.policy.language).controller
        self._page = self._make_page()
        # Bounded: each frame that was started over is one more.
        self._frame = lru_cache(32)(self._make_frame)
        self._sizes = lru_cache(256)(self._measure)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return self._app_for(environ)(environ, start_response)

    def _app_for(self, environ: dict[str, Any]) -> WSGIApp:
        if host_name(environ) not in LOCAL:
            return Response("The preview is for this machine alone: open http://127.0.0.1", 403)
        found = _FRAME.fullmatch(environ.get("PATH_INFO", ""))
        if found is None:
            return self._page
        try:
            frame = self._frame(found[2], found[3])
        except ValueError as error:
            return Response(str(error), 422, mimetype="text/plain")
        environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + found[1]
        environ["PATH_INFO"] = found[4]
        return frame

    def _make_frame(self, state: str, options: str) -> Flask:
        said = unpacked(options)
        return make_site(
            self.site,
            Options.of(said, self.site),
            View.of(said, self.site),
            frame_cookie_name(self.site.policy, state),
        )

    def _measure(self, options: Options, language: str) -> list[sizes.Size]:
        return sizes.table(sizes.delivered(options.made(self.site), language))

    def _make_page(self) -> Flask:
        app = Flask(__name__)
        app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

        @app.get("/")
        def page() -> str:
            return render_template("preview.html", **self._context(request.args.to_dict()))

        @app.get("/measure.js")
        def measure() -> Response:
            return Response(bundle("measure.js"), mimetype="text/javascript")

        @app.after_request
        def protect(response: Response) -> Response:
            response.headers["Content-Security-Policy"] = _POLICY
            response.headers["X-Content-Type-Options"] = "nosniff"
            response.headers["Cache-Control"] = "no-store"
            return response

        return app

    def _context(self, said: dict[str, str]) -> dict[str, Any]:
        """What the page's template takes."""
        site = self.site
        options, view = Options.of(said, site), View.of(said, site)
        state = secrets.token_hex(3)
        rows: list[sizes.Size] = []
        fault = ""
        try:
            rows = self._sizes(options, view.language)
        except ValueError as error:
            fault = str(error)
        return {
            "controller": self._controller,
            "options": options,
            "view": view,
            "placements": PLACEMENTS,
            "themes": THEMES,
            "regimes": regimes_of(site),
            "several_regimes": site.regimes is not None,
            "corners": REOPEN,
            "colors": COLORS,
            "dark": DARK,
            "said": said_by(options),
            "languages": languages(),
            "shown": SHOWN if service_to_embed(site.policy) else SHOWN[:-1],
            "sizes": SIZES,
            "schemes": SCHEMES,
            "frame": f"/frame/{state}/{packed(options, view)}{self._path(view)}",
            "cookie": frame_cookie_name(site.policy, state),
            "lines": "" if fault else options.lines(site),
            "rows": rows,
            "method": sizes.METHOD,
            "fault": fault,
        }

    def _path(self, view: View) -> str:
        """Below the frame's site, where it is what ``view`` shows."""
        if view.show == "embed":
            return "/embed"
        # With scripts the preferences are a dialog over the page.
        if view.show == "policy" or (view.show == "preferences" and view.scripts == "off"):
            return f"{self.site.options.url_prefix}/{view.show}?language={view.language}"
        return "/"
