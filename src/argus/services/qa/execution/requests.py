"""Sends what a step sends beside its page, and says what is wrong with the answer."""

import json
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from urllib.parse import quote

from playwright.async_api import Error as PlaywrightError

from argus.services.qa.browser.errors import ApplicationUnreachable
from argus.services.qa.browser.session import Session
from argus.services.qa.execution.arithmetic import same_value
from argus.services.qa.execution.masking import Mask
from argus.services.qa.execution.privacy import signed_in_as
from argus.services.qa.execution.record import Failure, FailureKind, Request
from argus.services.qa.expectation import AnswerHeader, AnswerStatus, AnswerValue
from argus.services.qa.foreign_json import at, parsed
from argus.services.qa.ir import NOBODY, HttpRequest, Secret, Step
from argus.services.qa.templates import fill_in
from argus.services.qa.urls import absolute_url, relative_url

_TIMEOUT_MS = 10_000
_SHOWN = 200


class RoleMissing(Exception):
    """The run has no session of that role."""


@dataclass(frozen=True)
class Answer:
    """What came back, without the secrets that were sent."""

    request: Request
    headers: Mapping[str, str]
    """By lower-case name."""
    body: str

    def at(self, pointer: str) -> str | None:
        """What the body, being JSON, holds there (RFC 6901), as a text; None: nothing."""
        found = at(pointer, parsed(self.body))
        if found is ... or isinstance(found, str):
            return None if found is ... else found
        return json.dumps(found, ensure_ascii=False)

    def __str__(self) -> str:
        told = f"{self.request.method} {relative_url(self.request.url)} answered"
        shown = " ".join(self.body.split())[:_SHOWN]
        return f"{told} {self.request.status}" + (f": {shown}" if shown else "")


async def send(
    session: Session,
    request: HttpRequest,
    role: str,
    values: Mapping[str, str],
    secrets: Mapping[str, str],
) -> Answer:
    """The answer of the application's own host, whatever its status, to that role.

    With an empty `role` it is the page's user who asks, with the cookies of the page.

    Raises:
        RoleMissing
        ApplicationUnreachable: there was no answer in time.
    """
    if role not in ("", NOBODY) and role not in session.roles:
        raise RoleMissing(f"{role} is not signed in")
    named = {
        name: secrets[value.secret] if isinstance(value, Secret) else fill_in(value, values)
        for name, value in request.headers.items()
    }
    sent_secrets = [secrets[v.secret] for v in request.headers.values() if isinstance(v, Secret)]
    headers = {name.lower(): value for name, value in named.items()}
    media_type = headers.setdefault("content-type", "application/json") if request.body else ""
    path = fill_in(request.path, {name: quote(value) for name, value in values.items()})
    here = "/" + path.lstrip("/")
    url = absolute_url(here, session.app_url)
    try:
        async with AsyncExitStack() as stack:
            context = session.context
            if role:
                other = signed_in_as(session, "" if role == NOBODY else role)
                context = await stack.enter_async_context(other)
            answer = await context.request.fetch(
                url,
                method=request.method,
                headers=headers,
                data=fill_in(request.body, _escaped(values, media_type)).encode() or None,
                max_redirects=0,
                timeout=_TIMEOUT_MS,
            )
            body = (await answer.body()).decode(errors="replace")
    except PlaywrightError as error:
        if not session.connected:
            raise
        why = error.message.partition("\n")[0]
        raise ApplicationUnreachable(f"{request.method} {here}: {why}") from error
    mask = Mask(sent_secrets)
    noted = Request(method=request.method, url=url, status=answer.status)
    return Answer(noted, mask.json(answer.headers), mask.text(body))


def judge(step: Step, answer: Answer) -> tuple[dict[str, str], list[Failure]]:
    """The values that later steps use, and what is wrong with the answer as a whole.

    A status from 400 on is, unless the step says which it expects, and so is a value that the
    answer does not hold.
    """
    failures = _refused(step, answer)
    if failures or step.request is None:
        return {}, failures
    return _kept(step.request, answer)


def _refused(step: Step, answer: Answer) -> list[Failure]:
    expected = {each.status for each in step.expect if isinstance(each, AnswerStatus)}
    status = answer.request.status
    if status in expected or (status < 500 and expected) or status < 400:
        return []
    broken = status >= 500
    kind = FailureKind.SERVER_ERROR if broken else FailureKind.EXPECTATION
    return [Failure(kind=kind, message=str(answer))]


def _kept(request: HttpRequest, answer: Answer) -> tuple[dict[str, str], list[Failure]]:
    found = {name: answer.at(pointer) for name, pointer in request.keep.items()}
    missing = [
        Failure(
            kind=FailureKind.EXPECTATION,
            message=f"there is nothing at {request.keep[name]}: {answer}",
        )
        for name, value in found.items()
        if value is None
    ]
    return {name: value for name, value in found.items() if value is not None}, missing


def unlike(
    answer: Answer | None,
    expectation: AnswerStatus | AnswerValue | AnswerHeader,
    values: Mapping[str, str],
) -> str:
    """What is wrong with the answer; empty if nothing is."""
    if answer is None:
        return "the step sends no request"
    match expectation:
        case AnswerStatus(status=status):
            return "" if answer.request.status == status else f"not {status}: {answer}"
        case AnswerValue(pointer=pointer, value=template):
            wanted, found = fill_in(template, values), answer.at(pointer)
            if found is not None and same_value(found, wanted):
                return ""
            holds = "nothing" if found is None else f'"{found}"'
            return f'{holds}, not "{wanted}", is at {pointer}: {answer}'
        case AnswerHeader(header=header, value=template):
            wanted, found = fill_in(template, values), answer.headers.get(header.lower())
            if found == wanted:
                return ""
            reads = f'reads "{found}"' if found is not None else "is missing"
            return f'the header {header} {reads}, not "{wanted}": {answer}'


def _escaped(values: Mapping[str, str], media_type: str) -> Mapping[str, str]:
    """Values as they stand inside a text of that type."""
    if "json" in media_type:
        return {name: json.dumps(value)[1:-1] for name, value in values.items()}
    if "urlencoded" in media_type:
        return {name: quote(value, safe="") for name, value in values.items()}
    return values
