"""An API that describes itself is tested by what its description says."""

import asyncio
import json
from typing import Any

from playwright.async_api import Browser

from argus.services.qa.browser.session import new_session
from argus.services.qa.expectation import AnswerStatus, AnswerValue
from argus.services.qa.ir import Phase, Test
from argus.services.qa.planning.described import (
    Learned,
    kinds_of_records,
    learn_readings,
    learn_records,
)
from support.notes_api import ADA, DESCRIPTION, NotesApi
from support.website import Answer, Asked, WebSite, serve


async def learned(browser: Browser, api: NotesApi) -> dict[str, str]:
    """How the API breaks its word, by test."""
    return {test.name: problem for test, problem in await planned(browser, api)}


async def planned(browser: Browser, api: NotesApi) -> list[Learned]:
    deadline = asyncio.get_running_loop().time() + 60
    [notes] = kinds_of_records(DESCRIPTION)
    async with new_session(browser, api.url) as session:
        await session.context.set_extra_http_headers({"Authorization": f"Bearer {ADA}"})
        reads = await learn_readings(session, DESCRIPTION)
        return [*reads, *await learn_records(session, DESCRIPTION, notes, 0, "n", deadline)]


def sent(test: Test) -> list[tuple[str, str, str]]:
    requests = [step.request for step in test.steps if step.request]
    return [(each.method, each.path, each.body) for each in requests]


async def test_a_described_record_is_made_read_changed_and_deleted(
    browser: Browser, api: NotesApi
) -> None:
    found = await planned(browser, api)
    assert {problem for _, problem in found} == {""}
    by_name = {test.name: test for test, _ in found}
    assert [*by_name] == [
        "Ask for /api/notes",
        "Refuse what is no JSON for a note by the API",
        "Ask in vain for a note by the API",
        "Create a note by the API",
        "Change a note by the API",
        "Delete a note by the API",
    ]
    change = by_name["Change a note by the API"]
    assert sent(change) == [
        ("POST", "/api/notes", '{"title": "${note_title}"}'),
        ("PUT", "/api/notes/${v1}", '{"title": "${changed_note_title}"}'),
        ("GET", "/api/notes/${v1}", ""),
        ("DELETE", "/api/notes/${v1}", ""),
    ]
    assert change.steps[-1].phase is Phase.CLEANUP
    read = change.steps[2].expect
    assert [each.value for each in read if isinstance(each, AnswerValue)] == [
        "${changed_note_title}"
    ]
    gone = by_name["Delete a note by the API"].steps[-1].expect
    assert [each.status for each in gone if isinstance(each, AnswerStatus)] == [404]
    assert api.notes == {}, "what was made meanwhile is gone"


async def test_an_api_that_loses_what_it_takes_is_told_so(browser: Browser, api: NotesApi) -> None:
    api.loses = True
    found = await learned(browser, api)
    assert "404" in found["Create a note by the API"]
    assert "Change a note by the API" not in found


async def test_an_api_that_keeps_what_it_deletes_is_told_so(
    browser: Browser, api: NotesApi
) -> None:
    api.deletes = False
    found = await learned(browser, api)
    assert found["Delete a note by the API"].startswith("a deleted note is still there")


async def test_an_api_that_fails_on_what_it_describes_is_told_so(
    browser: Browser, api: NotesApi
) -> None:
    api.breaks = True
    found = await learned(browser, api)
    assert "500" in found["Create a note by the API"]


def test_what_can_only_be_made_with_more_than_a_body_is_left_alone() -> None:
    described: dict[str, Any] = {"openapi": "3.0.0", "paths": {}}
    item = {"get": {"responses": {}}}
    for path, parameter in {
        "/a": {"in": "query", "name": "q", "required": True},
        "/b": {"in": "query", "name": "q"},
        "/payments/refund": {},
    }.items():
        create = {"post": {"responses": {}, "parameters": [parameter]}}
        described["paths"] |= {path: create, f"{path}/{{id}}": item}
    assert [each.path for each in kinds_of_records(described)] == ["/b"]


async def test_what_records_are_inside_of_is_made_first_and_deleted_at_the_end(
    browser: Browser,
) -> None:
    there: set[str] = set()

    def answer(asked: Asked) -> Answer:
        """`/shops`, `/shops/s`, `/shops/s/orders` and `/shops/s/orders/o`: one of each at most."""
        if asked.method == "POST":
            name = asked.path[1:-1].rpartition("/")[2][0]
            there.add(f"{asked.path}/{name}")
            return Answer(json.dumps({"id": name}), status=201)
        if asked.path not in there:
            return Answer(status=404)
        if asked.method == "DELETE":
            there.discard(asked.path)
        return Answer(json.dumps({"id": asked.path[-1]}))

    takes, item = {"post": {"x": 1}}, {"get": {"x": 1}, "delete": {"x": 1}}
    described = {
        "openapi": "3.0.0",
        "paths": {
            "/shops": takes,
            "/shops/{shop}": item,
            "/shops/{shop}/orders": takes,
            "/shops/{shop}/orders/{order}": item,
        },
    }
    _, orders = kinds_of_records(described)
    deadline = asyncio.get_running_loop().time() + 60
    with serve(WebSite({"/shops*": answer})) as site:
        async with new_session(browser, site.url) as session:
            found = await learn_records(session, described, orders, 0, "n", deadline)
    delete = next(test for test, _ in found if test.name == "Delete an order by the API")
    assert [(method, path) for method, path, _ in sent(delete)] == [
        ("POST", "/shops"),
        ("POST", "/shops/${v1}/orders"),
        ("DELETE", "/shops/${v1}/orders/${v2}"),
        ("GET", "/shops/${v1}/orders/${v2}"),
        ("DELETE", "/shops/${v1}"),
    ]
    assert there == set(), "not even the shop is left"
