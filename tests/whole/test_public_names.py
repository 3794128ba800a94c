"""What sites import, and what importing it brings."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import flask_cookie_consent

ROOT = Path(__file__).parents[2]

#: Every name that a site may import from the package. One that goes breaks sites.
NAMES = """
    Category Choice ChoiceEvent ChoiceSource Colors Consent Cookie CookieConsent CookieReport
    Duration Exemption FRANCE Fault GlobalPrivacyControl LateRead NO_RULES OPT_IN Policy PolicyError
    PolicyWarning Records Regime Regimes STANDARD_CATEGORIES Service Signal UNITED_KINGDOM
    UNITED_STATES UndeclaredCookie UnknownName by_country choice_made consent consent_banner
    consent_embed consent_link consent_policy cookie_reported country_header csrf_token
    flask_login_remember flask_session languages maxmind requires_consent
"""


def test_the_names_are_these() -> None:
    assert {*flask_cookie_consent.__all__, "Records"} == set(NAMES.split())
    assert all(hasattr(flask_cookie_consent, name) for name in NAMES.split())


def test_the_reference_names_things_by_the_path_that_sites_import() -> None:
    pages = "\n".join(p.read_text("utf-8") for p in (ROOT / "docs" / "reference").glob("*.md"))
    named = re.findall(r"^::: flask_cookie_consent\.([\w.]+)", pages, re.MULTILINE)
    assert [name for name in named if "." in name and not name.startswith("testing.")] == []
    assert set(named) <= {*NAMES.split(), *(n for n in named if n.startswith("testing."))}


def test_a_site_without_records_imports_neither_their_code_nor_the_commands() -> None:
    program = (
        "import sys, flask\n"
        "from flask_cookie_consent import CookieConsent, Policy\n"
        "app = flask.Flask('site')\n"
        "app.register_blueprint(CookieConsent(Policy(controller='Us')))\n"
        "app.test_client().get('/consent/preferences')\n"
        "rooms = ('commands', 'records')\n"
        "ours = {m.split('.')[1] for m in sys.modules if m.startswith('flask_cookie_consent.')}\n"
        "extras = {'sqlalchemy', 'alembic', 'cryptography'}.intersection(sys.modules)\n"
        "print(sorted(ours.intersection(rooms) | extras))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr
