"""An API that describes itself is tested by what its description says."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
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
from argus.services.qa.planning.recorder import NotLearned
from support.notes_api import ADA, DESCRIPTION, NotesApi
from support.website import Answer, Asked, Page, Stall, WebSite, serve

TAKES: dict[str, Any] = {
    "parameters": [
        {
            "in": "body",
            "schema": {"type": "object", "properties": {"title": {"type": "string"}}},
        }
    ]
}
ITEM: dict[str, Any] = {"get": {"x": 1}, "put": TAKES, "delete": {"x": 1}}


async def learned(browser: Browser, api: NotesApi) -> dict[str, str]:
    """How the API breaks its word, by test."""
    return {test.name: problem for test, problem in await planned(browser, api)}


async def planned(browser: Browser, api: NotesApi) -> list[Learned]:
    deadline = asyncio.get_running_loop().time() + 60
    [notes] = kinds_of_records(DESCRIPTION)
    async with new_session(browser, api.url) as session:
        await session.context.set_extra_http_headers({"Authorization": f"Bearer {ADA}"})
        reads = await learn_readings(session, DESCRIPTION, deadline)
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
        "/refunds": {},
    }.items():
        create = {"post": {"responses": {}, "parameters": [parameter]}}
        described["paths"] |= {path: create, f"{path}/{{id}}": item}
    assert [each.path for each in kinds_of_records(described)] == ["/b"]


async def test_what_records_are_inside_of_is_made_first_and_deleted_at_the_end(
    browser: Browser,
) -> None:
    there: dict[str, str] = {}

    def answer(asked: Asked) -> Answer:
        """`/shops`, `/shops/s`, `/shops/s/orders` and `/shops/s/orders/o`: one of each at most."""
        if asked.method == "POST":
            name = asked.path[1:-1].rpartition("/")[2][0]
            there[f"{asked.path}/{name}"] = asked.body
            return Answer(json.dumps({"id": name}), status=201)
        if asked.path not in there:
            return Answer(status=404)
        if asked.method == "DELETE":
            return Answer(there.pop(asked.path))
        return Answer(there[asked.path])

    takes, item = {"post": TAKES}, {"get": {"x": 1}, "delete": {"x": 1}}
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
    assert there == {}, "not even the shop is left"


async def lived(browser: Browser, answer: Callable[[Asked], Answer]) -> dict[str, str]:
    """What is learned of posts, and how it is broken, by test."""
    described = {"swagger": "2.0", "paths": {"/posts/": {"post": TAKES}, "/posts/{id}/": ITEM}}
    [posts] = kinds_of_records(described)
    deadline = asyncio.get_running_loop().time() + 60
    with serve(WebSite({"/posts*": answer})) as site:
        async with new_session(browser, site.url) as session:
            found = await learn_records(session, described, posts, 0, "n", deadline)
    return {test.name: problem for test, problem in found}


async def test_a_record_that_may_be_a_strangers_is_not_touched(browser: Browser) -> None:
    asked_for: list[tuple[str, str]] = []

    def answer(asked: Asked) -> Answer:
        asked_for.append((asked.method, asked.path))
        if asked.method == "POST":
            return Answer(json.dumps({"author": {"id": 3}}), status=201)
        return Answer(json.dumps({"title": "A stranger's"}))

    with pytest.raises(NotLearned, match="not seen to be what was made"):
        await lived(browser, answer)
    assert asked_for[-1] == ("GET", "/posts/3/")
    assert {method for method, _ in asked_for} == {"GET", "POST"}


async def test_what_is_made_at_some_time_is_not_asked_for(browser: Browser) -> None:
    with pytest.raises(NotLearned, match="answered 202"):
        await lived(
            browser,
            lambda asked: Answer('{"id": 4}', 202) if asked.method == "POST" else Answer("", 404),
        )


async def test_a_record_that_is_named_by_its_text_is_not_changed(browser: Browser) -> None:
    there: dict[str, str] = {}

    def answer(asked: Asked) -> Answer:
        if asked.method == "POST":
            try:
                title = json.loads(asked.body)["title"]
            except ValueError:
                return Answer(status=400)
            slug = title.lower().replace(" ", "-")
            there[f"/posts/{slug}/"] = asked.body
            return Answer(json.dumps({"slug": slug, "title": title}), status=201)
        if asked.path not in there:
            return Answer(status=404)
        return Answer(there.pop(asked.path) if asked.method == "DELETE" else there[asked.path])

    assert await lived(browser, answer) == {
        "Refuse what is no JSON for a post by the API": "",
        "Ask in vain for a post by the API": "",
        "Create a post by the API": "",
        "Delete a post by the API": "",
    }
    assert there == {}


async def test_what_does_not_answer_or_not_now_is_no_test_and_hinders_none(
    browser: Browser,
) -> None:
    pages: dict[str, Page] = {
        "/events": Stall.HANG_UP,
        "/broken": Answer(status=500),
        "/later": Answer(status=501),
        "/readyz": Answer(status=503),
        "/status": "{}",
    }
    described = {"swagger": "2.0", "paths": {path: {"get": {"x": 1}} for path in pages}}
    now = asyncio.get_running_loop().time()
    with serve(WebSite(pages)) as site:
        async with new_session(browser, site.url) as session:
            found = await learn_readings(session, described, now + 60)
            assert await learn_readings(session, described, now - 1) == []
    assert [(test.name, bool(problem)) for test, problem in found] == [
        ("Ask for /broken", True),
        ("Ask for /status", False),
    ]
