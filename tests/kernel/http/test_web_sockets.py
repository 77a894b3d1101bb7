"""A stream over WebSocket is the stream of server-sent events, behind the same edge."""

import pytest

from support.toy import Toy, organization, person
from support.web_sockets import web_socket

COUNTING = "/api/v1/stream/toy/numbers"
ADA = {"Authorization": "Bearer ada"}


@pytest.fixture(autouse=True)
def ada(toy: Toy) -> None:
    toy.callers.by_token = {"ada": person("ada", organization())}


async def test_messages_are_the_events_and_the_socket_closes_where_the_stream_ends(
    toy: Toy,
) -> None:
    async with web_socket(toy.app(), COUNTING, "until=3", ADA) as socket:
        assert await socket.messages() == [
            {"event": "number", "data": {"is": 1}, "id": "1"},
            {},
            {"event": "number", "data": {"is": 2}, "id": "2"},
            {},
            {"event": "number", "data": {"is": 3}, "id": "3"},
            {},
        ]


async def test_a_browser_opens_one_with_a_ticket_and_resumes_where_it_was(toy: Toy) -> None:
    query = f"ticket={COUNTING} ada&last_event_id=2&until=3"
    async with web_socket(toy.app(), COUNTING, query.replace(" ", "+")) as socket:
        assert [each["id"] for each in await socket.messages() if each] == ["3"]


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        ("", {}, 401),
        ("", {"Authorization": "Bearer eve"}, 401),
        ("ticket=forged", {}, 401),
        (f"ticket={COUNTING}+ada", ADA, 401),
        ("until=many", ADA, 422),
        ("", ADA | {"Argus-Organization": "org_0"}, 422),
    ],
)
async def test_who_would_not_get_the_events_gets_no_socket(
    toy: Toy, query: str, headers: dict[str, str], status: int
) -> None:
    async with web_socket(toy.app(), COUNTING, query, headers) as socket:
        assert socket.refusal is not None
        assert socket.refusal["type"] == "websocket.http.response.start"
        assert socket.refusal["status"] == status
    async with web_socket(toy.app(), COUNTING, query, headers, can_answer=False) as socket:
        assert socket.refusal == {"type": "websocket.close", "code": 1008}


async def test_nothing_but_a_stream_is_opened(toy: Toy) -> None:
    for path in ("/toy/things", "/health", "/api/v1/streams"):
        async with web_socket(toy.app(), path, headers=ADA) as socket:
            assert socket.refusal == {"type": "websocket.close", "code": 1008}


async def test_a_client_that_goes_ends_its_stream(toy: Toy) -> None:
    async with web_socket(toy.app(), COUNTING, "until=-1", ADA) as socket:
        assert await socket.message() == {"event": "number", "data": {"is": 1}, "id": "1"}
        socket.to_app.put_nowait({"type": "websocket.receive", "text": "what it says is nothing"})
