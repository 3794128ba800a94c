"""Runs the portal, and beside it the third parties: ``python -m examples.portal --port 8000``."""

from __future__ import annotations

import argparse
import errno
import signal
import socket
import sys
import threading
from collections.abc import Sequence

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from .app import RECORDS, create_app
from .third_party import create_third_party

HOST = "127.0.0.1"

#: Another name for the same machine, and so another site: what a browser looks at is the name.
OTHER_HOST = "localhost"

WELCOME = """\
The portal is at  {portal}   (third parties: {third_parties})

  1. Open {portal}/live in a second window: nothing has reached the third parties.
  2. Go through the portal, answer the banner, and watch that window.
  3. Change your mind under "Cookie settings" at the foot of any page.

What the server itself enforces: {portal}/trials
What it can prove:  .venv/bin/flask --app examples.portal.app:demo consent records list

Ctrl+C ends it.
"""


class QuietHandler(WSGIRequestHandler):
    """Says nothing about single requests: a page that looks each second would drown the rest."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until it is interrupted; gives the exit status."""
    options = _options(arguments)
    try:
        third_socket = _listen(options.third_party_port, "--third-party-port")
        portal_socket = _listen(options.port, "--port")
    except OSError as error:
        print(error.strerror, file=sys.stderr)
        return 1
    with third_socket, portal_socket:
        third_parties = _server(third_socket, create_third_party())
        origin = f"http://{OTHER_HOST}:{third_parties.port}"
        portal = _server(portal_socket, create_app(origin, records=RECORDS))
    # Where a shell starts this in the background, it would not hear either of them.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    threading.Thread(target=third_parties.serve_forever, daemon=True).start()
    welcome = WELCOME.format(portal=f"http://{HOST}:{portal.port}", third_parties=origin)
    print(welcome, flush=True)
    portal.serve_forever()  # returns at an interrupt
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m examples.portal", description=__doc__)
    parser.add_argument("--port", type=_port, default=8000, help="of the portal (default: 8000)")
    parser.add_argument(
        "--third-party-port",
        type=_port,
        default=0,
        help="of the third parties (default: a free one)",
    )
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise ValueError(text)
    return port


def _listen(port: int, option: str) -> socket.socket:
    """A socket on ``port``, which ``option`` has asked for, or on a free one for 0.

    :raises OSError: with a message for people, if the port cannot be had.
    """
    try:
        return socket.create_server((HOST, port), backlog=128)
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        why = "is taken by another program" if taken else f"cannot be used ({error.strerror})"
        advice = f"Choose another one: {option} {port + 1}"
        if option == "--port":
            advice += f", or make demo PORT={port + 1}"
        raise OSError(error.errno, f"Port {port} {why}. {advice}.") from error


def _server(listening: socket.socket, app: Flask) -> BaseWSGIServer:
    """A threaded server on a socket (of which it makes a copy)."""
    return make_server(
        HOST,
        listening.getsockname()[1],
        app,
        threaded=True,
        request_handler=QuietHandler,
        fd=listening.fileno(),
    )


if __name__ == "__main__":
    sys.exit(main())
