"""Steps that send a request beside the page, and what they expect of the answer."""

import json
from collections.abc import AsyncGenerator, Iterator
from typing import cast

import pytest
import pytest_asyncio
from playwright.async_api import StorageState

from argus.services.qa.browser.session import Session, new_session
from argus.services.qa.execution.browsers import Browsers
from argus.services.qa.execution.perform import perform
from argus.services.qa.execution.record import FailureKind, StepOutcome
from argus.services.qa.expectation import AnswerHeader, AnswerStatus, AnswerValue, Expectation
from argus.services.qa.ir import Action, HttpRequest, Step
from support.website import Answer, Asked, Stall, WebSite, serve

WHY = "the relation under test"
KEY = "key-7Zq-of-the-notes"


def told(asked: Asked) -> Answer:
    """What was asked, as JSON."""
    answer = {
        "who": asked.cookies,
        "query": asked.query,
        "items": [{"n": 3, "a/b": None, "on": True}],
        "key": KEY,
    }
    return Answer(json.dumps(answer), status=201, headers={"Location": "/notes/7", "X-Echo": KEY})


@pytest.fixture
def site() -> Iterator[WebSite]:
    pages = WebSite(
        {
            "/notes": told,
            "/moved": Answer(status=302, headers={"Location": "/notes"}),
            "/refused": Answer("no", status=422),
            "/broken": Answer(f"stack trace with {KEY}", status=500),
            "/silent": Stall.HANG_UP,
        }
    )
    with serve(pages):
        yield pages


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browsers: Browsers, site: WebSite) -> AsyncGenerator[Session]:
    """A page of somebody who is signed in; so is Bob."""
    theirs = {"name": "who", "value": "bob", "domain": "127.0.0.1", "path": "/", "expires": -1}
    async with new_session(await browsers.get(), site.url) as session:
        await session.context.add_cookies([{"name": "who", "value": "ada", "url": site.url}])
        session.roles = {"bob": cast("StorageState", {"cookies": [theirs], "origins": []})}
        yield session


async def send(
    session: Session, path: str, *expect: Expectation, role: str = "", **changes: object
) -> StepOutcome:
    request = HttpRequest.model_validate({"method": "POST", "path": path, **changes})
    step = Step(id="s", action=Action.REQUEST, request=request, as_role=role, expect=expect)
    values = {"title": 'Half "price" & more', "n": "3"}
    return await perform(session, step, values, {"notes.key": KEY}, timeout_s=0.3)


async def test_a_request_carries_the_test_s_values_and_keeps_what_it_is_answered(
    visit: Session, site: WebSite
) -> None:
    outcome = await send(
        visit,
        "/notes?title=${title}",
        AnswerStatus(status=201, oracle=WHY),
        AnswerHeader(header="location", value="/notes/7", oracle=WHY),
        AnswerValue(pointer="/query/title", value="${title}", oracle=WHY),
        AnswerValue(pointer="/items/0/n", value="${n}.0", oracle=WHY),
        AnswerValue(pointer="/items/0/a~1b", value="null", oracle=WHY),
        AnswerValue(pointer="/items/0/on", value="true", oracle=WHY),
        AnswerValue(pointer="/items/0/n", value="${kept}", oracle="kept values are known at once"),
        headers={"X-Key": {"secret": "notes.key"}},
        body='{"title": "${title}", "n": ${n}}',
        keep={"kept": "/items/0/n"},
    )
    assert outcome.failures == ()
    assert outcome.kept == {"kept": "3"}
    assert [(each.method, each.status) for each in outcome.requests] == [("POST", 201)]


@pytest.mark.parametrize(("role", "who"), [("", "ada"), ("bob", "bob"), ("nobody", "")])
async def test_a_request_is_that_of_its_role(
    visit: Session, site: WebSite, role: str, who: str
) -> None:
    await send(visit, "/notes", role=role)
    assert site.asked[-1].cookies == (f"who={who}" if who else "")


@pytest.mark.parametrize(
    "path", ["http://elsewhere.example/notes", "//elsewhere.example/notes", "/notes"]
)
async def test_a_request_stays_in_the_application(visit: Session, site: WebSite, path: str) -> None:
    await send(visit, path)
    assert [asked.method for asked in site.asked] == ["POST"]


@pytest.mark.parametrize(
    ("path", "expect", "kind", "said"),
    [
        ("/refused", (), FailureKind.EXPECTATION, "POST /refused answered 422: no"),
        (
            "/refused",
            (AnswerStatus(status=400, oracle=WHY),),
            FailureKind.EXPECTATION,
            "not 400: POST /refused answered 422: no",
        ),
        ("/broken", (AnswerStatus(status=201, oracle=WHY),), FailureKind.SERVER_ERROR, "[masked]"),
        ("/silent", (), FailureKind.CONNECTION, "POST /silent"),
        (
            "/notes",
            (AnswerValue(pointer="/items/1/n", value="3", oracle=WHY),),
            FailureKind.EXPECTATION,
            'nothing, not "3", is at /items/1/n',
        ),
        (
            "/notes",
            (AnswerHeader(header="X-Other", value="1", oracle=WHY),),
            FailureKind.EXPECTATION,
            "the header X-Other is missing",
        ),
        (
            "/notes",
            (AnswerHeader(header="X-Echo", value="1", oracle=WHY),),
            FailureKind.EXPECTATION,
            'the header X-Echo reads "[masked]"',
        ),
    ],
)
async def test_what_is_wrong_with_an_answer_is_told_without_the_secrets_that_were_sent(
    visit: Session, path: str, expect: tuple[Expectation, ...], kind: FailureKind, said: str
) -> None:
    outcome = await send(visit, path, *expect, headers={"X-Key": {"secret": "notes.key"}})
    assert outcome.failures[0].kind is kind
    assert said in outcome.failures[0].message
    assert KEY not in outcome.model_dump_json()


@pytest.mark.parametrize(
    ("path", "expect"),
    [
        ("/moved", AnswerHeader(header="Location", value="/notes", oracle=WHY)),
        ("/refused", AnswerStatus(status=422, oracle=WHY)),
        ("/broken", AnswerStatus(status=500, oracle=WHY)),
    ],
)
async def test_what_a_step_expects_is_no_failure(
    visit: Session, path: str, expect: Expectation
) -> None:
    assert (await send(visit, path, expect)).ok


async def test_a_role_that_is_not_signed_in_is_missing(visit: Session) -> None:
    outcome = await send(visit, "/notes", role="carol")
    assert outcome.failures[0].kind is FailureKind.MISSING


async def test_an_answer_without_what_is_to_be_kept_is_a_failure(visit: Session) -> None:
    outcome = await send(visit, "/notes", keep={"id": "/id"})
    assert "there is nothing at /id" in outcome.failures[0].message
