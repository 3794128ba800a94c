"""``flask consent look``: the banner in the site's own page, measured."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from werkzeug.serving import WSGIRequestHandler, make_server

_TITLES = {"layer": "First layer", "dialog": "Preferences"}


@click.command("look")
@click.argument("url", required=False)
@click.option("--path", default="/", help="Page of this app to look at, without URL.")
@click.option("--json", "as_json", is_flag=True, help="All figures, for programs.")
@with_appcontext
def look(url: str | None, path: str, as_json: bool) -> None:
    """Measure the banner in a real page, light and dark, on a phone and on a desktop.

    Looks at URL, or else at this app, which it serves for itself. Ends with status 1 if a
    contrast is under its floor (WCAG 2.2), a target is too small, or refusing is weaker than
    accepting.
    """
    if url is None:
        with served(current_app._get_current_object()) as root:  # type: ignore[attr-defined]
            report = _report(f"{root}/{path.lstrip('/')}")
    elif url.startswith(("http://", "https://")):
        report = _report(url)
    else:
        raise click.UsageError(
            f"{url!r} is not an address; write 'https://www.example.org/', or --path for a page "
            "of this app"
        )
    click.echo(json.dumps(report, indent=2, ensure_ascii=False) if as_json else _text(report))
    if report["faults"]:
        click.get_current_context().exit(1)


def _report(url: str) -> dict[str, Any]:
    """All figures, and what is wrong, each with the views in which it is."""
    from .measure import SCREENS, NoFigures, measure

    try:
        found = measure(url)
    except ImportError as error:
        raise click.ClickException(
            f"{error.name} is missing; pip install 'flask-cookie-consent[look]'"
        ) from error
    except NoFigures as error:
        raise click.ClickException(str(error)) from error
    views = dict(zip(map(str, SCREENS), found, strict=True))
    faults: dict[str, list[str]] = {}
    for name, view in views.items():
        for fault in view["faults"]:
            faults.setdefault(fault, []).append(name)
    return {"url": url, "views": views, "faults": faults}


# -- As text ----------------------------------------------------------------------------------


def _text(report: dict[str, Any]) -> str:
    views = report["views"]
    lines = [report["url"]]
    for surface, title in _TITLES.items():
        seen = {name: view[surface] for name, view in views.items() if view[surface]}
        if not seen:
            lines += ["", f"{title}: not to be seen"]
            continue
        rows = [("", "needs", *seen), *_contrasts(seen.values()), *_targets(seen.values())]
        rows.append(("share of the window", "", *(f"{s['covered']:.0%}" for s in seen.values())))
        lines += ["", title, *_table(rows), f"  refusing and accepting: {_likeness(seen)}"]
    faults = [f"{', '.join(where)}: {fault}" for fault, where in report["faults"].items()]
    return "\n".join([*lines, "", *(faults or ["Nothing is too faint, too small or unequal."])])


def _contrasts(surfaces: Iterable[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    found = [{(c["part"], c["kind"]): c for c in s["contrasts"]} for s in surfaces]
    for part, kind in dict.fromkeys(key for contrasts in found for key in contrasts):
        cells = [contrasts.get((part, kind)) for contrasts in found]
        needed = next(f"{c['required']:g}:1" for c in cells if c)
        yield f"{part}, {kind}", needed, *(_cell(c and c["ratio"], c) for c in cells)


def _targets(surfaces: Iterable[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    found = [{t["part"]: t for t in s["targets"]} for s in surfaces]
    for part in dict.fromkeys(part for targets in found for part in targets):
        cells = [targets.get(part) for targets in found]
        needed = next(f"{t['required']:g} px" for t in cells if t)
        yield f"{part}, target", needed, *(_cell(_smaller(t), t) for t in cells)


def _smaller(target: dict[str, Any] | None) -> float | None:
    return None if target is None else min(target["width"], target["height"])


def _cell(figure: float | None, found: dict[str, Any] | None) -> str:
    if found is None or figure is None:
        return "-"
    return f"{figure:g}" if found["passes"] else f"{figure:g} !"


def _likeness(seen: dict[str, dict[str, Any]]) -> str:
    rows = [row for surface in seen.values() for row in surface["compared"]]
    unlike = dict.fromkeys(row["property"] for row in rows if not row["equal"])
    if not rows:
        return "nothing to choose"
    alike = len({row["property"] for row in rows}) - len(unlike)
    said = f"alike in {alike} properties"
    return f"{said}, not in {', '.join(unlike)}" if unlike else said


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  " + "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip()
        for row in rows
    ]


# -- The app itself ---------------------------------------------------------------------------


class _Silent(WSGIRequestHandler):
    """Requests of this command are nobody's visits."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        pass


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address of ``app``, served on a free port of this machine alone."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
