"""The API behind the pages, tested by what they asked it for."""

import asyncio
import json
from typing import Any

from playwright.async_api import Browser

from argus.services.qa.api.sequences import Exchange
from argus.services.qa.browser.session import new_session
from argus.services.qa.expectation import AnswerStatus, AnswerValue
from argus.services.qa.ir import Variable, VariableKind
from argus.services.qa.planning.calls import COMES_BACK, Overheard, call_tests
from argus.services.qa.planning.composition import Lifecycle
from support.website import Answer, Asked, WebSite, serve

LIFE = Lifecycle(
    noun="task",
    entity="Tasks",
    subject="Title",
    fan_in=0,
    variables={"title": Variable(kind=VariableKind.TEXT, unique=True)},
    identity="title",
    create=(),
    listing=(),
)
VALUES = {"title": "Pick piujrk", "changed_title": "Pick qonzel"}


def call(method: str, path: str, status: int, sent: Any = None, answered: Any = None) -> Exchange:
    return Exchange(method=method, path=path, status=status, sent=sent, answered=answered)


LIVED = [
    call("GET", "/api/tasks", 200, answered=[]),
    call("POST", "/api/tasks", 201, {"title": "Pick piujrk"}, {"id": 7, "title": "Pick piujrk"}),
    call("GET", "/api/tasks/7", 200, answered={"id": 7, "title": "Pick piujrk", "done": False}),
    call("PUT", "/api/tasks/7", 200, {"id": 7, "title": "Pick qonzel"}, {"title": "Pick qonzel"}),
    call("DELETE", "/api/tasks/7", 204),
    call("GET", "/api/tasks/7", 404),
]


def test_the_calls_of_a_records_life_are_made_again_with_values_of_their_own() -> None:
    [test] = call_tests(LIVED, LIFE, VALUES)
    create, read, change, delete, gone = test.steps
    sent = [
        (each.request.method, each.request.path, each.request.body)
        for each in test.steps
        if each.request
    ]
    assert sent == [
        ("POST", "/api/tasks", '{"title": "${title}"}'),
        ("GET", "/api/tasks/${v1}", ""),
        ("PUT", "/api/tasks/${v1}", '{"id": ${v1}, "title": "${changed_title}"}'),
        ("DELETE", "/api/tasks/${v1}", ""),
        ("GET", "/api/tasks/${v1}", ""),
    ]
    assert create.request is not None
    assert create.request.keep == {"v1": "/id"}
    for step, value in ((create, "${title}"), (change, "${changed_title}")):
        assert step.expect == (AnswerValue(pointer="/title", value=value, oracle=COMES_BACK),)
    assert delete.expect == ()
    assert isinstance(read.expect[0], AnswerStatus)
    assert [(e.status, e.oracle) for e in gone.expect if isinstance(e, AnswerStatus)] == [
        (404, "a record that was deleted cannot be read")
    ]
    assert set(test.variables) == {"title", "changed_title"}


def test_calls_that_leave_a_record_behind_are_no_test() -> None:
    assert [*call_tests(LIVED[:4], LIFE, VALUES)] == []


async def test_what_pages_ask_their_api_for_is_overheard(browser: Browser) -> None:
    def tasks(asked: Asked) -> str | Answer:
        return Answer(json.dumps({"id": 7, "title": "x"}), status=201)

    page = """<h1>Tasks</h1><img src=/logo.png><script>
      const post = (body) => fetch('/api/tasks?draft=1', {method: 'POST', body});
      post('{"title": "x"}').then(() => post('title=x')).then(() => document.title = 'done');
    </script>"""
    with serve(WebSite({"/": page, "/api/tasks": tasks})) as site:
        async with new_session(browser, site.url) as session:
            overheard = Overheard(session)
            await session.goto("/")
            await session.page.wait_for_function("document.title === 'done'", timeout=60_000)
            async with asyncio.timeout(60):
                while not overheard.calls:
                    await session.settle()
    assert overheard.calls == [
        call("POST", "/api/tasks?draft=1", 201, {"title": "x"}, {"id": 7, "title": "x"})
    ], "and no picture, nor what was not sent as JSON"
