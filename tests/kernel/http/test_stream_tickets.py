"""A ticket in the address of a stream becomes the credential that it stands for."""

from collections.abc import AsyncGenerator

import httpx
import pytest

from support.toy import Toy, organization, person

STREAM = "/api/v1/stream/toy"


@pytest.fixture
async def client(toy: Toy) -> AsyncGenerator[httpx.AsyncClient]:
    toy.callers.by_token = {"ada": person("ada", organization())}
    async with toy.client() as client:
        yield client


async def test_a_request_with_a_ticket_is_its_owners_and_its_address_holds_no_ticket(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get(STREAM, params={"a": "1", "ticket": f"{STREAM} ada", "b": "2 &"})
    assert answer.status_code == 200, answer.text
    assert answer.json() == ["a=1&b=2+%26", "Bearer ada"]


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ({"ticket": "forged"}, {}),
        ({"ticket": ""}, {}),
        ({"ticket": "/api/v1/stream/other ada"}, {}),
        ({"ticket": [f"{STREAM} ada", f"{STREAM} ada"]}, {}),
        ({"ticket": f"{STREAM} ada"}, {"Authorization": "Bearer ada"}),
        ({"ticket": f"{STREAM} ada"}, {"X-API-Key": "ada"}),
    ],
)
async def test_a_bad_ticket_or_a_second_credential_is_refused(
    client: httpx.AsyncClient, query: dict[str, str | list[str]], headers: dict[str, str]
) -> None:
    answer = await client.get(STREAM, params=query, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "kernel.access.unauthenticated")


async def test_no_other_path_takes_a_ticket(client: httpx.AsyncClient) -> None:
    path = "/toy/things"
    answer = await client.post(path, params={"ticket": f"{path} ada"}, json={"name": "a"})
    assert answer.status_code == 401
