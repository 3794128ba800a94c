"""A response's header stays within a proxy's buffer, the application's own lines included."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import TestResponse

from flask_cookie_consent import Cookie, Policy, Service
from tests.site import choice, make_app, visit

#: What nginx holds a response's header in, unless it is told otherwise.
BUFFER = 4096

#: What a server adds: status line, Server, Date, Connection, Transfer-Encoding.
OF_SERVERS = 200

VENDORS = ["_ga", "_ga_*", "_gid", "_gat", "_gcl_au", "_fbp", "_fbc", "_pk_*", "_uet*", "_cl*"]
LEFT = ["_ga", "_ga_ABCDEF1234", "_gid", "_gat", "_gcl_au", "_fbp", "_fbc", "_pk_id.1.1fff"]
LEFT += ["_pk_ses.1.1fff", "_uetsid", "_uetvid", "_clck", "_clsk"]

HOSTS = ["www.example.org", "a.shop.example.co.uk"]
PATHS = ["/", "/shop/shoes/red-42", "/a/b/c/d/e", "/" + "/".join(["folder-of-the-shop"] * 12)]


def vendors() -> Policy:
    cookies = [Cookie(name, purpose="Counts visits", duration="1 year") for name in VENDORS]
    ads = Service("Ads", category="marketing", provider="AdCo", party="third", cookies=cookies)
    return Policy([ads], controller="Example Ltd")


def shop(own: int = 0) -> Flask:
    """A site whose every response has ``own`` bytes of header lines besides."""
    app = make_app(policy_=vendors())
    app.add_url_rule("/<path:path>", "any", lambda path: "page")

    @app.after_request
    def add(response: Response) -> Response:
        if own:
            response.headers["Content-Security-Policy"] = "x" * (own - 27)
        return response

    return app


def header_size(response: TestResponse) -> int:
    return sum(len(f"{name}: {value}\r\n") for name, value in response.headers)


def expired(response: TestResponse) -> set[str]:
    lines = response.headers.getlist("Set-Cookie")
    return {line.partition("=")[0] for line in lines if "Max-Age=0" in line}


class Jar:
    """A browser's cookies, each at one place, as far as deletions are concerned."""

    def __init__(self, path: str, domain: str | None) -> None:
        self.left = dict.fromkeys(LEFT)
        self.place = f"Path={path}" + (f"; Domain={domain}" if domain else "")

    def take(self, response: TestResponse) -> None:
        for line in response.headers.getlist("Set-Cookie"):
            name, _, rest = line.partition("=; Max-Age=0; ")
            if rest == self.place:
                self.left.pop(name, None)

    @property
    def header(self) -> str:
        return "; ".join(f"{name}=1" for name in self.left)


def view(app: Flask, host: str, path: str, jar: Jar, **more: Any) -> TestResponse:
    headers = visit(vendors(), refused=["ads"])
    headers["Cookie"] += f"; {jar.header}"
    client = app.test_client(use_cookies=False)
    return client.get(path, base_url=f"https://{host}", headers=headers | more)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("own", [0, 1000, 3000, 3600])
def test_no_response_to_a_refusal_is_too_long_for_a_proxy(own: int, host: str, path: str) -> None:
    app = shop(own)
    for _ in range(8):
        response = view(app, host, path, Jar("/", None))
        assert header_size(response) + OF_SERVERS <= BUFFER


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("host", HOSTS)
def test_every_leftover_goes_in_the_end_on_deep_paths_too(host: str, path: str) -> None:
    app = shop()
    deepest = "/".join(path.split("/")[:7])  # of deeper ones a browser's cookies are rare
    jar = Jar(deepest, "example.co.uk" if "uk" in host else "example.org")
    for _ in range(400):  # of many places a few have their turn, by chance
        jar.take(view(app, host, path, jar))
        if not jar.left:
            break
    assert not jar.left


def test_an_app_with_long_headers_of_its_own_has_a_larger_buffer() -> None:
    """Else its proxy would have refused them already."""
    response = view(shop(own=5000), HOSTS[0], "/", Jar("/", None))
    assert expired(response)
    assert header_size(response) + OF_SERVERS <= 2 * BUFFER


def test_the_first_visit_with_the_browsers_signal_is_not_too_long() -> None:
    app = shop(own=600)
    headers = {"Cookie": Jar("/", None).header, "Sec-GPC": "1"}
    client = app.test_client(use_cookies=False)
    response = client.get(PATHS[1], base_url=f"https://{HOSTS[1]}", headers=headers)
    assert expired(response)
    assert header_size(response) + OF_SERVERS <= BUFFER


@pytest.mark.parametrize("answer", ["reject", "save"])
def test_the_answer_to_a_refusal_is_not_too_long(answer: str) -> None:
    app = shop(own=600)
    client = app.test_client(use_cookies=False)
    for _ in range(8):
        response = client.post(
            "/consent/choice",
            base_url=f"https://{HOSTS[1]}",
            data={"answer": answer},
            headers={"Cookie": Jar("/", None).header},
        )
        assert response.status_code == 303
        assert header_size(response) + OF_SERVERS <= BUFFER


@pytest.mark.parametrize("path", PATHS)
def test_twins_of_the_consent_cookie_are_settled_within_the_same_room(path: str) -> None:
    app = make_app("{{ consent.given }}", policy_=vendors())
    app.add_url_rule("/<path:path>", "any", app.view_functions["index"])
    value = visit(vendors(), refused=["ads"])["Cookie"]
    headers = {"Cookie": f"{value}; {value}; {Jar('/', None).header}"}
    client = app.test_client(use_cookies=False)
    for _ in range(8):
        response = client.get(path, base_url=f"https://{HOSTS[1]}", headers=headers)
        cookies = response.headers.getlist("Set-Cookie")
        assert [c for c in cookies if c.startswith("consent=1")]
        assert [c for c in cookies if c.startswith("consent=;")]
        assert header_size(response) + OF_SERVERS <= BUFFER


def test_a_twin_full_of_what_this_site_does_not_know_is_no_longer_header() -> None:
    """Anybody on a neighbouring host can set it."""
    app = make_app("{{ consent.given }}", policy_=vendors())
    own = visit(vendors(), refused=["ads"])["Cookie"]
    unknown = "".join(f"{n:03x}" for n in range(1250))
    twin = choice(vendors(), refused=["ads"])
    twin = twin._replace(refused=twin.refused + unknown)
    headers = {"Cookie": f"{own}; consent={twin.encode()}"}
    response = app.test_client(use_cookies=False).get("/", headers=headers)
    assert [c for c in response.headers.getlist("Set-Cookie") if c.startswith("consent=1")]
    assert header_size(response) + OF_SERVERS <= BUFFER


@given(
    own=st.integers(27, 9000),
    names=st.lists(st.from_regex(r"_cl[a-z]{0,300}", fullmatch=True), max_size=30),
    path=st.lists(st.from_regex(r"[a-z]{1,200}", fullmatch=True), max_size=30),
)
def test_whatever_comes_back_the_header_never_needs_another_page(
    own: int, names: list[str], path: list[str]
) -> None:
    app = shop(own)
    headers = visit(vendors(), refused=["ads"])
    bare = app.test_client(use_cookies=False).get("/x")
    headers["Cookie"] += "".join(f"; {name}=1" for name in names)
    response = app.test_client(use_cookies=False).get("/" + "/".join(path), headers=headers)
    needed = header_size(bare) // BUFFER + 1
    assert header_size(response) <= max(needed * BUFFER, header_size(bare) + 200)


# -- A real proxy -----------------------------------------------------------------------------


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        pass


@pytest.fixture
def behind_nginx(tmp_path: Path) -> Iterator[Callable[[Flask], int]]:
    """A function that serves an app behind nginx as Debian has it; gives nginx's port."""
    nginx = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if nginx is None:
        pytest.skip("nginx is not installed (apt-get install nginx-light)")
    ended: list[Callable[[], Any]] = []

    def start(app: Flask) -> int:
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        ended.append(server.shutdown)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = int(free.getsockname()[1])
        folders = "".join(
            f"{kind}_temp_path {tmp_path}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        configuration = tmp_path / "nginx.conf"
        configuration.write_text(
            f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/log; events {{}}\n"
            f"http {{ access_log off; {folders} server {{ listen 127.0.0.1:{port}; location / {{"
            f"proxy_pass http://127.0.0.1:{server.server_port}; proxy_set_header Host $host;"
            "}}}\n"
        )
        process = subprocess.Popen([nginx, "-c", str(configuration), "-e", f"{tmp_path}/log"])
        ended.append(process.wait)
        ended.append(process.terminate)
        _wait_for(port, process)
        return port

    yield start
    for end in reversed(ended):
        end()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            probe.settimeout(0.1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, "nginx ended"
        threading.Event().wait(0.05)
    raise AssertionError("nginx did not start")


def test_nginx_passes_every_response_on(behind_nginx: Callable[[Flask], int]) -> None:
    port = behind_nginx(shop())
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    refused = visit(vendors(), refused=["ads"])["Cookie"]
    left = Jar("/", None).header
    statuses = []
    for path in PATHS:
        for cookies, more in ((f"{refused}; {left}", {}), (left, {"Sec-GPC": "1"})):
            for _ in range(4):
                headers = {"Host": HOSTS[1], "Cookie": cookies, **more}
                connection.request("GET", path, headers=headers)
                response = connection.getresponse()
                response.read()
                assert response.headers.get_all("Set-Cookie")
                statuses.append(response.status)
    assert set(statuses) == {200}
