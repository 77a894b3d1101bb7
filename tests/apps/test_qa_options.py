import json
from pathlib import Path

import pytest

from argus.apps.cli.qa_options import (
    InvalidOption,
    place_of,
    roles_of,
    secrets_of,
    sequences_in,
    variables_of,
)


def test_a_role_is_a_name_a_user_and_where_the_secret_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOB_PW", "s3cret")
    monkeypatch.setenv("EVE_TOKEN", "t0ken")
    assert roles_of(["bob=urn:bob:BOB_PW"], ["eve=EVE_TOKEN"], "/login") == [
        {
            "name": "bob",
            "login": {"username": "urn:bob", "password": "s3cret", "login_url": "/login"},
        },
        {"name": "eve", "token": "t0ken"},
    ]


@pytest.mark.parametrize("wrong", ["bob", "bob=BOB_PW", "=bob:BOB_PW", "bob=bob:", "bob=bob:UNSET"])
def test_a_role_that_is_written_otherwise_or_has_no_secret_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidOption):
        roles_of([wrong], None, None)


def test_a_secret_is_a_name_and_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTES_KEY", "k3y=")
    assert secrets_of(["notes.key=NOTES_KEY"]) == {"notes.key": "k3y="}
    for wrong in ("notes.key", "=NOTES_KEY", "notes.key=", "notes.key=UNSET"):
        with pytest.raises(InvalidOption):
            secrets_of([wrong])


def test_a_variable_is_a_name_and_a_value_that_may_be_empty() -> None:
    assert variables_of(["a=1=2", "b="]) == {"a": "1=2", "b": ""}
    for wrong in ("a", "=1"):
        with pytest.raises(InvalidOption):
            variables_of([wrong])


def test_a_run_has_one_place() -> None:
    assert place_of("http://127.0.0.1", None) == {"app_url": "http://127.0.0.1"}
    assert place_of(None, "staging") == {"environment": "staging"}
    for wrong in ((None, None), ("http://127.0.0.1", "staging")):
        with pytest.raises(InvalidOption):
            place_of(*wrong)


def test_a_recording_gives_sequences_and_another_file_is_refused(tmp_path: Path) -> None:
    def entry(at: int, method: str, path: str, answer: str) -> dict[str, object]:
        return {
            "startedDateTime": f"2026-01-0{at}",
            "request": {"method": method, "url": f"http://127.0.0.1{path}"},
            "response": {"status": 200, "content": {"text": answer}},
        }

    entries = [entry(1, "POST", "/notes", '{"id": 41}'), entry(2, "GET", "/notes/41", "{}")]
    recorded = tmp_path / "recorded.har"
    recorded.write_text(json.dumps({"log": {"entries": entries}}))
    [found] = sequences_in(recorded, "http://127.0.0.1")
    assert found["name"] == "POST /notes, GET /notes/{id}"
    recorded.write_text("<html>")
    with pytest.raises(InvalidOption, match=r"--traffic .*recorded\.har"):
        sequences_in(recorded, "http://127.0.0.1")
