import io
import json
from typing import Any
from zipfile import ZipFile

from argus.services.qa.execution.masking import MASKED
from argus.services.qa.execution.trace import frames, write_masked

COOKIE, BEARER, ANSWERED, TYPED = "cookie-3f9a7b", "eyJhbGciOi.bearer", "refresh-8d1c22", "hunter2"

ACTION = {
    "type": "before",
    "method": "fill",
    "params": {"selector": "#password", "value": TYPED},
}
SNAPSHOT = {
    "type": "frame-snapshot",
    "snapshot": {"html": ["HTML", {}, ["INPUT", {"__playwright_value_": TYPED}], "Welcome, Ada"]},
}
EXCHANGE = {
    "type": "resource-snapshot",
    "snapshot": {
        "request": {
            "method": "POST",
            "url": "http://127.0.0.1/login",
            "headers": [
                {"name": "Cookie", "value": f"session={COOKIE}"},
                {"name": "authorization", "value": f"Bearer {BEARER}"},
                {"name": "Accept", "value": "text/html"},
            ],
            "cookies": [{"name": "session", "value": COOKIE}, {"name": "pin", "value": "77"}],
            "postData": {"text": "user=ada&api_token=tok-77aa88bb&title=Milk"},
        },
        "response": {
            "headers": [{"name": "Set-Cookie", "value": f"session={COOKIE}; Path=/; HttpOnly"}],
            "cookies": [{"name": "session", "value": COOKIE}],
        },
    },
}
ANSWER = json.dumps({"user": "ada", "refresh_token": ANSWERED})
PAGE = f"<p>Your session is {COOKIE}, HttpOnly, and {ANSWERED}</p>"


def trace(**files: str) -> ZipFile:
    made = ZipFile(io.BytesIO(), "w")
    for name, content in files.items():
        made.writestr(name, content)
    return made


def masked(*secrets: str) -> dict[str, bytes]:
    lines = "\n".join(map(json.dumps, (ACTION, SNAPSHOT)))
    source = trace(
        **{
            "trace.trace": lines,
            "trace.network": json.dumps(EXCHANGE),
            "trace.stacks": '{"files": ["worker.py"]}',
            "resources/1.json": ANSWER,
            "resources/2.html": PAGE,
        }
    )
    target = ZipFile(io.BytesIO(), "w")
    write_masked(source, target, secrets)
    return {name: target.read(name) for name in target.namelist()}


def test_no_secret_is_left_in_any_file_of_a_trace() -> None:
    files = masked(TYPED)
    for secret in (TYPED, COOKIE, BEARER, ANSWERED, "tok-77aa88bb"):
        assert [name for name, content in files.items() if secret.encode() in content] == []


def test_what_is_no_secret_stays_and_the_lines_stay_json() -> None:
    files = masked(TYPED)
    action, snapshot = (json.loads(line) for line in files["trace.trace"].splitlines())
    assert (action["type"], action["params"]["selector"]) == ("before", "#password")
    assert snapshot["snapshot"]["html"][3] == "Welcome, Ada"
    exchange: dict[str, Any] = json.loads(files["trace.network"])["snapshot"]
    assert exchange["request"]["headers"][2] == {"name": "Accept", "value": "text/html"}
    assert exchange["request"]["cookies"][1] == {"name": "pin", "value": MASKED}
    assert exchange["request"]["postData"]["text"].endswith("&title=Milk")
    assert b"HttpOnly" in files["resources/2.html"]
    assert json.loads(files["resources/1.json"])["user"] == "ada"


def test_where_argus_was_in_its_own_code_is_left_out() -> None:
    assert "trace.stacks" not in masked()


def test_frames_come_in_their_order_with_their_times() -> None:
    events = [
        {"type": "screencast-frame", "timestamp": 20.5, "file": "screencast/b.jpeg"},
        {"type": "console", "text": "hello"},
        {"type": "screencast-frame", "timestamp": 10, "file": "screencast/a.jpeg"},
    ]
    made = trace(
        **{
            "trace.trace": "\n".join(map(json.dumps, events)),
            "screencast/a.jpeg": "first",
            "screencast/b.jpeg": "second",
        }
    )
    assert [(each.at_ms, each.picture) for each in frames(made)] == [
        (10, b"first"),
        (20.5, b"second"),
    ]
