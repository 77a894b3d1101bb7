"""`Idempotency-Key`: one effect, the same answer, to the same caller only."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace

import httpx
import pytest

from support.toy import Toy, ToyPermission, organization, person

BODY = {"name": "thing"}


@pytest.fixture
async def client(toy: Toy) -> AsyncGenerator[httpx.AsyncClient]:
    ada = person("ada", organization())
    toy.callers.by_token = {
        "ada": ada,
        "ada elsewhere": replace(ada, organization_id=organization()),
        "ada demoted": replace(ada, permissions=frozenset({"toy:read"})),
        "bob": person("bob", ada.organization_id or organization()),
    }
    async with toy.client() as client:
        yield client


async def make(
    client: httpx.AsyncClient, *, path: str = "/toy/things", token: str = "ada", name: str = "thing"
) -> httpx.Response:
    return await client.post(
        path,
        json={"name": name},
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "k"},
    )


async def test_a_repeated_request_has_the_same_answer_and_no_second_effect(
    toy: Toy, client: httpx.AsyncClient
) -> None:
    first, second = await make(client), await make(client)
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["Content-Type"] == first.headers["Content-Type"]
    assert toy.names() == ["thing"]


@pytest.mark.parametrize("again", ['"k"', '"\\k"', " k "])
async def test_a_key_is_the_same_with_and_without_the_drafts_quotes(
    toy: Toy, client: httpx.AsyncClient, again: str
) -> None:
    await make(client)
    headers = {"Authorization": "Bearer ada", "Idempotency-Key": again}
    answer = await client.post("/toy/things", json=BODY, headers=headers)
    assert answer.headers["Idempotent-Replayed"] == "true"
    assert toy.names() == ["thing"]


async def test_requests_of_one_key_at_once_have_one_effect(
    toy: Toy, client: httpx.AsyncClient
) -> None:
    answers = await asyncio.gather(*(make(client) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert toy.names() == ["thing"]


async def test_a_key_is_refused_for_another_request(toy: Toy, client: httpx.AsyncClient) -> None:
    await make(client)
    answer = await make(client, name="another")
    assert (answer.status_code, answer.json()["code"]) == (422, "kernel.idempotency.key_reused")
    assert toy.names() == ["thing"]


async def test_a_key_is_refused_for_another_object_of_the_same_operation(
    toy: Toy, client: httpx.AsyncClient
) -> None:
    assert (await make(client, path="/toy/things/a/copy")).status_code == 201
    answer = await make(client, path="/toy/things/b/copy")
    assert answer.json()["code"] == "kernel.idempotency.key_reused"
    assert toy.names() == ["copy of a"]


@pytest.mark.parametrize("token", ["bob", "ada elsewhere"])
async def test_a_key_belongs_to_its_caller_in_its_organization(
    toy: Toy, client: httpx.AsyncClient, token: str
) -> None:
    first, second = await make(client), await make(client, token=token)
    assert first.json()["id"] != second.json()["id"]
    assert toy.names() == ["thing", "thing"]


async def test_an_answer_is_not_replayed_to_who_lost_the_permission(
    client: httpx.AsyncClient,
) -> None:
    await make(client)
    answer = await make(client, token="ada demoted")
    assert (answer.status_code, answer.json()["permission"]) == (403, ToyPermission.WRITE.value)


async def test_a_refused_request_leaves_its_key_free(toy: Toy, client: httpx.AsyncClient) -> None:
    assert (await make(client, name="taken")).status_code == 409
    assert toy.names() == []
    assert (await make(client)).status_code == 201


async def test_a_request_whose_commit_fails_leaves_its_key_free(
    toy: Toy, client: httpx.AsyncClient
) -> None:
    assert (await make(client, path="/toy/orphans")).status_code == 503
    assert toy.query("select * from toy.idempotency") == []


async def test_a_stored_answer_is_sealed(toy: Toy, client: httpx.AsyncClient) -> None:
    secret = (await make(client)).json()["secret"]
    [(stored,)] = toy.query("select sealed_answer from toy.idempotency")
    assert secret.encode() not in stored


async def test_a_key_is_free_again_after_a_day(toy: Toy, client: httpx.AsyncClient) -> None:
    await make(client)
    toy.execute("update toy.idempotency set created_at = now() - interval '25 hours'")
    assert (await make(client, name="another")).status_code == 201
    assert toy.names() == ["another", "thing"]


async def test_a_key_that_is_too_long_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/toy/things",
        json=BODY,
        headers={"Authorization": "Bearer ada", "Idempotency-Key": "k" * 256},
    )
    assert (answer.status_code, answer.json()["code"]) == (
        422,
        "kernel.idempotency.key_too_long",
    )
