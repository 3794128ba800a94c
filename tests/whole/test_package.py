"""What is installed works alone: sdist and wheel are built, and the wheel is used by itself."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.package, pytest.mark.xdist_group("package")]

SITE = """
from flask import Flask
from flask_cookie_consent import Cookie, CookieConsent, Policy, Service

app = Flask(__name__)
cookies = [Cookie("_pk_id*", purpose="Counts visits", duration="13 months")]
service = Service("Insight", category="statistics", provider="Us", cookies=cookies)
app.register_blueprint(CookieConsent(Policy(services=[service], controller="Us")))
client = app.test_client()
script = client.get("/consent/banner.js?language=fr")
assert script.status_code == 200, script.status
assert script.mimetype == "text/javascript"
assert "Tout accepter" in script.text
page = client.get("/consent/preferences")
assert "Insight" in page.text
from flask_cookie_consent.commands.preview.app import Preview
from werkzeug.test import Client
[installed] = app.extensions["cookie_consent.sites"].values()
site = installed.site
for path in ("/", "/measure.js", "/static/preview.css"):
    assert Client(Preview(site)).get(path).status_code == 200
print("served")
"""


RECORDS = SITE.replace("app.register", "from flask_cookie_consent import Records\napp.register")
RECORDS = RECORDS.replace('controller="Us")', 'controller="Us"), records=Records(wait=30)')
RECORDS = RECORDS.replace(
    'print("served")',
    """
answer = client.post("/consent/choice", data={"answer": "accept"})
assert client.get("/consent/receipt").status_code == 200, answer.headers
print("kept")

from flask.cli import FlaskGroup

cli = FlaskGroup(create_app=lambda: app)  # with the commands of all that is installed
for command in ("seal", "verify"):
    cli.main(["consent", "records", command], standalone_mode=False)
""",
)


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """sdist, and the wheel made from the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_wheel_has_everything_that_is_served(dist: Path) -> None:
    wheel = next(dist.glob("*.whl"))
    names = set(zipfile.ZipFile(wheel).namelist())
    for name in (
        "py.typed",
        "static/core.js",
        "static/tag.js",
        "static/cookie-consent.d.ts",
        "ui/templates/first_layer.html",
        "i18n/locale/fr/LC_MESSAGES/flask_cookie_consent.mo",
        "records/migrations/versions/0001_records.py",
        "records/report/templates/report.html",
        "commands/preview/templates/preview.html",
        "commands/preview/static/preview.js",
        "static/measure.js",
    ):
        assert f"flask_cookie_consent/{name}" in names
    assert not [name for name in names if name.startswith(("tests/", "banner/", "examples/"))]


def test_the_sdist_has_the_sources_of_what_is_built(dist: Path) -> None:
    archive = next(dist.glob("*.tar.gz"))
    with tarfile.open(archive) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
    assert {"banner/js/core/choice.js", "banner/build.py", "static/core.js", "LICENSE"} <= names
    assert not [name for name in names if name.startswith((".venv/", ".git/"))]


def test_the_wheel_serves_the_banner_from_an_empty_environment(dist: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env")
    python = tmp_path / "env" / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    wheel = next(dist.glob("*.whl"))
    subprocess.run([*install, str(wheel)], check=True, capture_output=True)
    done = subprocess.run(
        [str(python), "-c", SITE], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout == "served\n", done.stderr
    subprocess.run([*install, f"{wheel}[records]"], check=True, capture_output=True)
    done = subprocess.run(
        [str(python), "-c", RECORDS], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("kept\n"), done.stderr
