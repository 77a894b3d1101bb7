"""A request is one unit of work, committed before its answer."""

from collections.abc import AsyncGenerator

import httpx
import pytest

from support.toy import Toy, organization, person

HEADERS = {"Authorization": "Bearer ada"}


@pytest.fixture
async def client(toy: Toy) -> AsyncGenerator[httpx.AsyncClient]:
    toy.callers.by_token = {"ada": person("ada", organization())}
    async with toy.client() as client:
        yield client


async def test_an_answer_tells_of_what_is_committed(toy: Toy, client: httpx.AsyncClient) -> None:
    answer = await client.post("/toy/things", json={"name": "made"}, headers=HEADERS)
    assert answer.status_code == 201
    assert toy.names() == ["made"]
    assert toy.query("select key from toy.outbox") == [("made",)]


async def test_a_commit_that_fails_is_an_error_for_the_client_and_no_row(
    toy: Toy, client: httpx.AsyncClient
) -> None:
    answer = await client.post("/toy/orphans", headers=HEADERS)
    assert (answer.status_code, answer.json()["code"]) == (503, "kernel.service.internal")
    assert toy.names() == []


async def test_a_refusal_undoes_what_was_written_before_it(
    toy: Toy, client: httpx.AsyncClient
) -> None:
    answer = await client.post("/toy/things", json={"name": "taken"}, headers=HEADERS)
    assert (answer.status_code, answer.json()["code"]) == (409, "toy.thing.taken")
    assert toy.names() == []


async def test_a_value_that_no_field_can_hold_is_the_clients_fault(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post("/toy/things", json={"name": "a\0b"}, headers=HEADERS)
    assert (answer.status_code, answer.json()["code"]) == (422, "kernel.request.invalid")


async def test_a_remote_call_after_a_statement_fails_loudly_and_leaves_nothing(
    toy: Toy, client: httpx.AsyncClient
) -> None:
    answer = await client.post("/toy/late-calls", headers=HEADERS)
    assert answer.status_code == 503
    assert toy.names() == []


async def test_without_its_database_a_service_says_so(toy: Toy, client: httpx.AsyncClient) -> None:
    toy.execute("alter role argus_toy nologin")
    toy.execute(
        "select pg_terminate_backend(pid, 30000) from pg_stat_activity where usename = 'argus_toy'"
    )
    try:
        answer = await client.post("/toy/things", json={"name": "a"}, headers=HEADERS)
    finally:
        toy.execute("alter role argus_toy login")
    assert (answer.status_code, answer.json()["code"]) == (503, "kernel.service.unavailable")
    assert answer.headers["Retry-After"] == "1"
