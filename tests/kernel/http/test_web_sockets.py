"""A stream over WebSocket is the stream of server-sent events, behind the same edge."""

import json
import socket

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from support.serving import serving
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
    async with web_socket(toy.app(), COUNTING, "until=3", ADA) as opened:
        assert await opened.messages() == [
            {"event": "number", "data": {"is": 1}, "id": "1"},
            {},
            {"event": "number", "data": {"is": 2}, "id": "2"},
            {},
            {"event": "number", "data": {"is": 3}, "id": "3"},
            {},
        ]


async def test_a_browser_opens_one_with_a_ticket_and_resumes_where_it_was(toy: Toy) -> None:
    query = f"ticket={COUNTING} ada&last_event_id=2&until=3"
    async with web_socket(toy.app(), COUNTING, query.replace(" ", "+")) as opened:
        assert [each["id"] for each in await opened.messages() if each] == ["3"]


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("until=1", {}),
        ("until=1", {"Authorization": "Bearer eve"}),
        ("until=1&ticket=forged", {}),
        (f"until=1&ticket={COUNTING}+ada", ADA),
        ("until=many", ADA),
        ("until=1", ADA | {"Argus-Organization": "org_0"}),
    ],
)
async def test_who_would_not_get_the_events_gets_no_socket(
    toy: Toy, query: str, headers: dict[str, str]
) -> None:
    async with web_socket(toy.app(), COUNTING, query, headers) as opened:
        assert not opened.is_open


async def test_nothing_but_a_stream_is_opened(toy: Toy) -> None:
    for path in ("/toy/things", "/health", "/api/v1/streams"):
        async with web_socket(toy.app(), path, headers=ADA) as opened:
            assert not opened.is_open


async def test_over_the_server_a_ticket_is_not_logged_and_the_end_is_an_ordinary_one(
    toy: Toy, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "uvicorn.error")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"ws://127.0.0.1:{listening.getsockname()[1]}{COUNTING}?until=2&ticket="
        async with serving(toy.app(), listening):
            async with connect(f"{url}{COUNTING}+ada", proxy=None) as opened:
                assert [json.loads(each)["id"] async for each in opened if each != "{}"] == [
                    "1",
                    "2",
                ]
                assert opened.close_code == 1000
            with pytest.raises(InvalidStatus) as refused:
                await connect(f"{url}forged", proxy=None)
    assert refused.value.response.status_code == 403
    assert "ticket" not in caplog.text


async def test_a_client_that_goes_ends_its_stream(toy: Toy) -> None:
    async with web_socket(toy.app(), COUNTING, "until=-1", ADA) as opened:
        assert await opened.message() == {"event": "number", "data": {"is": 1}, "id": "1"}
        opened.to_app.put_nowait({"type": "websocket.receive", "text": "what it says is nothing"})
