"""Serves the preview on this machine."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING, Any

import click
from werkzeug.serving import WSGIRequestHandler, make_server

from .app import Preview

if TYPE_CHECKING:
    from ...site import Site

HOST = "127.0.0.1"


class _Quiet(WSGIRequestHandler):
    """Says nothing about single requests: a click makes ten."""

    protocol_version = "HTTP/1.1"

    def log_request(self, *_: Any) -> None:
        pass


def serve(site: Site, port: int) -> None:
    """Serves the preview of ``site`` until it is interrupted.

    :param port: 0 is a free one.
    :raises click.ClickException: if the port cannot be had.
    """
    try:
        listening = socket.create_server((HOST, port))
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        why = "is taken by another program" if taken else f"cannot be used ({error.strerror})"
        raise click.ClickException(
            f"port {port} {why}; choose another one: --port {port + 1}"
        ) from error
    with listening:
        port = listening.getsockname()[1]
        server = make_server(
            HOST,
            port,
            Preview(site),
            threaded=True,
            request_handler=_Quiet,
            fd=listening.fileno(),
        )
    click.echo(f"The preview is at http://{HOST}:{port} (Ctrl+C ends it)")
    server.serve_forever()  # returns at an interrupt
