from typing import Any

import pytest

from argus.services.qa.api.har import ArchiveInvalid, exchanges
from argus.services.qa.api.sequences import (
    Exchange,
    ExpectedAnswer,
    filled,
    filled_path,
    identifier_of,
    learn,
)

APP = "http://127.0.0.1:8000"


def call(
    method: str, path: str, status: int = 200, sent: Any = None, answered: Any = None
) -> Exchange:
    return Exchange(method=method, path=path, status=status, sent=sent, answered=answered)


ORDER = [
    call("GET", "/products/12", answered={"id": 12}),
    call("POST", "/orders", 201, {"product": 12, "count": 1}, {"id": 41, "state": "new"}),
    call("GET", "/me", answered={"id": 1}),
    call("POST", "/orders/41/lines", 201, {"sku": "A-1"}, {"line_id": "l-9", "order": 41}),
    call("GET", "/orders/41?full=1", answered={"id": 41}),
    call("PUT", "/lines/l-9", 200, {"order": 41, "count": 2}, {}),
    call("DELETE", "/orders/41", 204),
    call("GET", "/orders/41", 404, answered={"detail": "no such order"}),
]


def test_what_an_answer_brought_into_the_world_ties_later_calls_to_it() -> None:
    [sequence, _] = learn(ORDER)
    assert [(s.method, s.path, s.body, s.expected) for s in sequence.steps] == [
        ("POST", "/orders", {"product": 12, "count": 1}, ExpectedAnswer.ACCEPTED),
        ("POST", "/orders/${v1}/lines", {"sku": "A-1"}, ExpectedAnswer.ACCEPTED),
        ("GET", "/orders/${v1}?full=1", None, ExpectedAnswer.FOUND),
        ("PUT", "/lines/${v2}", {"order": "${v1}", "count": 2}, ExpectedAnswer.ACCEPTED),
        ("DELETE", "/orders/${v1}", None, ExpectedAnswer.ACCEPTED),
        ("GET", "/orders/${v1}", None, ExpectedAnswer.GONE),
    ]
    assert [[each.pointer for each in step.produces] for step in sequence.steps[:2]] == [
        ["/id"],
        ["/line_id"],
    ]


def test_a_value_that_was_known_before_names_no_new_record() -> None:
    traffic = [
        call("POST", "/carts", 201, {"customer_id": 7}, {"customer_id": 7}),
        call("GET", "/customers/7", answered={}),
    ]
    assert learn(traffic) == ()


def test_calls_that_failed_or_send_a_secret_teach_nothing() -> None:
    refused = [call("POST", "/orders", 400, {}, {"id": 5}), call("GET", "/orders/5", 404)]
    secret = [
        call("POST", "/users", 201, {"name": "ada", "password": "x"}, {"id": 5}),
        call("GET", "/users/5", answered={}),
    ]
    assert learn(refused) == learn(secret) == ()


def test_the_same_kind_of_sequence_is_learnt_once() -> None:
    def again(number: int) -> list[Exchange]:
        return [
            call("POST", "/notes", 201, {"title": "x"}, {"id": number}),
            call("GET", f"/notes/{number}", answered={}),
        ]

    assert [sequence.name for sequence in learn([*again(50), *again(51)])] == [
        "POST /notes, GET /notes/{id}"
    ]


def test_a_placeholder_alone_takes_the_type_of_its_value_and_a_path_is_encoded() -> None:
    assert filled({"order": "${v1}", "tags": ["${v1}", "${x}"]}, {"v1": 41}) == {
        "order": 41,
        "tags": [41, "${x}"],
    }
    assert filled_path("/files/${v1}", {"v1": "a/b c"}) == "/files/a%2Fb%20c"


@pytest.mark.parametrize(
    ("answered", "parameter", "pointer"),
    [
        ({"id": 1, "owner": {"id": 2}}, "note_id", "/id"),
        ({"note_id": 1, "id": 2}, "note_id", "/note_id"),
        ({"data": {"uuid": "u"}}, "id", "/data/uuid"),
        ({"ok": True}, "id", None),
    ],
)
def test_the_created_record_is_named_by_the_parameter_or_a_usual_name(
    answered: Any, parameter: str, pointer: str | None
) -> None:
    assert identifier_of(answered, parameter) == pointer


def test_an_archive_gives_the_calls_to_the_application_in_order_and_without_headers() -> None:
    def entry(at: str, url: str, **content: Any) -> dict[str, Any]:
        return {
            "startedDateTime": at,
            "request": {
                "method": "POST",
                "url": url,
                "headers": [{"name": "Cookie", "value": "secret"}],
                "postData": {"text": '{"n": 1}'},
            },
            "response": {"status": 201, "content": content},
        }

    archive = {
        "log": {
            "entries": [
                entry("2026-01-02", APP + "/b?x=1#top", text="eyJpZCI6IDV9", encoding="base64"),
                entry("2026-01-01", APP + "/a", text="<html>"),
                entry("2026-01-03", "http://elsewhere.test/c", text="{}"),
            ]
        }
    }
    assert exchanges(archive, APP) == [
        call("POST", "/a", 201, {"n": 1}),
        call("POST", "/b?x=1", 201, {"n": 1}, {"id": 5}),
    ]
    with pytest.raises(ArchiveInvalid, match="HTTP Archive"):
        exchanges({"log": []}, APP)


def test_a_record_is_named_by_what_it_says_of_itself_before_what_is_inside_of_it() -> None:
    assert identifier_of({"author": {"id": 3}, "id": 42}, "post_id") == "/id"
    assert identifier_of({"data": {"author": {"id": 3}, "id": 42}}, "id") == "/data/id"
    assert identifier_of({"author": {"id": 3}}, "id") == "/author/id"
