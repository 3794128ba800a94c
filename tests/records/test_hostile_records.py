"""Whatever a visitor sends, it is stored or refused, and never stands in others' way (H4)."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from tests.records.test_keeping import make_site, rows, scripted, submit

#: What a header can hold, as WSGI gives it.
header = st.text(st.characters(max_codepoint=0xFF, exclude_characters="\r\n"), max_size=60)


@pytest.fixture
def client(engine: Engine, tmp_path: Path) -> FlaskClient:
    return make_site(engine, tmp_path).test_client()


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(path=header, query=header, field=st.text(max_size=80), previous=st.text(max_size=30))
@example(path="\0", query="", field="\0", previous="\0" * 22)
@example(path="/\xed\xa0\x80", query="\xff", field="\ud800", previous="")
@example(path="/%00%ED%A0%80", query="", field="a" * 80, previous="é" * 22)
def test_every_choice_is_stored_or_refused(
    client: FlaskClient, engine: Engine, path: str, query: str, field: str, previous: str
) -> None:
    choice = scripted()
    answer = client.post(
        "/consent/choice",
        json={
            "choice": choice.encode(),
            "snapshot": field,
            "language": field,
            "previous": previous,
        },
        environ_overrides={
            "HTTP_SEC_FETCH_SITE": "same-origin",
            "HTTP_REFERER": f"http://localhost/{path}?{query}",
        },
    )
    assert answer.status_code in (204, 400, 413)
    stored = choice.id in {row["id"] for row in rows(engine)}
    assert stored is (answer.status_code == 204)


def test_an_address_that_is_too_long_to_be_one_is_not_kept(
    client: FlaskClient, engine: Engine
) -> None:
    client.environ_base["HTTP_REFERER"] = f"http://localhost/{'a' * 60_000}"
    submit(client, "accept")
    assert rows(engine)[0]["page"] is None
