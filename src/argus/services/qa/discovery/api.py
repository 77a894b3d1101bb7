"""The API that an application's own pages use, catalogued from the traffic, and what it documents.

Values are never kept, only their schemas: a catalogue holds nothing of a user's data.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

from playwright.async_api import APIRequestContext, BrowserContext, Response
from playwright.async_api import Error as PlaywrightError

from argus.services.qa.browser.session import Session
from argus.services.qa.browser.traffic import Window
from argus.services.qa.discovery.description import (
    ACCEPT,
    Found,
    base_path,
    linked,
    looking,
    named_in,
)
from argus.services.qa.discovery.json_schema import infer, merge
from argus.services.qa.discovery.operation import Operation
from argus.services.qa.foreign_json import parsed
from argus.services.qa.urls import absolute_url, path_template, relative_url, same_application

MOST_OPERATIONS = 300
_SAMPLES = 10
"""So many answers of an operation and status are read; more would hardly change its schema."""
_TIMEOUT_MS = 3_000
_MOST_UNANSWERED = 2
_BODY_TIMEOUT_S = 2.0
_MOST_WAITING = 100
_NAMED = """() => [...document.querySelectorAll("link[rel~=service-desc], [spec-url]")]
  .map((el) => el.href || new URL(el.getAttribute("spec-url"), document.baseURI).href)"""
_METHODS = frozenset({"get", "put", "post", "delete", "patch", "options", "head"})


@dataclass
class Catalogued:
    """What a catalogue holds."""

    operations: dict[str, Operation] = field(default_factory=dict[str, Operation])
    """By template and method."""
    read: Counter[str] = field(default_factory=Counter[str])
    """How many answers there were, by method, template and status."""


class ApiCatalogue:
    """Operations by method and template, each growing with the traffic."""

    def __init__(self, app_url: str, known: Catalogued | None = None) -> None:
        self._app_url, self._known = app_url, known or Catalogued()
        self._answers: list[Response] = []

    @property
    def operations(self) -> tuple[Operation, ...]:
        """In the order of template and method."""
        return tuple(each for _, each in sorted(self._known.operations.items()))

    def watch(self, context: BrowserContext) -> None:
        """Note the JSON that the pages of `context` are answered from now on."""
        context.on("response", self._on_response)

    async def take_in(self) -> None:
        """Catalogue what was noted. Bodies are read only while that still teaches something.

        A body that is gone, since its page is, counts as one that was not JSON.
        """
        noted, self._answers = self._answers, []
        for response in noted:
            request, status = response.request, response.status
            key = f"{request.method} {path_template(request.url)} {status}"
            self._known.read[key] += 1
            body: object = ...
            if self._known.read[key] <= _SAMPLES:
                try:
                    async with asyncio.timeout(_BODY_TIMEOUT_S):
                        body = parsed(await response.text())
                except (PlaywrightError, UnicodeDecodeError, TimeoutError):
                    body = ...
            self.add(request.method, request.url, status, parsed(request.post_data), body)

    def add(self, method: str, url: str, status: int, sent: object, answered: object) -> None:
        """Take in a call; `sent` and `answered` are parsed JSON, or `...` where there was none."""
        parts = urlsplit(url)
        operation = self._at(method, path_template(parts._replace(query="").geturl()))
        if operation is None:
            return
        names = {each.partition("=")[0] for each in parts.query.split("&") if each}
        responses = {**operation.responses}
        if answered is not ...:
            seen = infer(answered)
            responses[status] = merge(responses[status], seen) if status in responses else seen
        asked = operation.request
        if sent is not ...:
            asked = merge(asked, infer(sent)) if asked is not None else infer(sent)
        self._put(
            operation,
            {
                "example": operation.example or relative_url(url).partition("?")[0],
                "calls": operation.calls + 1,
                "statuses": tuple(sorted({*operation.statuses, status})),
                "query": tuple(sorted({*operation.query, *names})),
                "request": asked,
                "responses": responses,
            },
        )

    def document(self, description: Mapping[str, Any]) -> None:
        """Mark and add the operations of an OpenAPI (2 or 3) description."""
        for path, item in cast("dict[str, Any]", description.get("paths", {})).items():
            template = base_path(description) + re.sub(r"\{[^}]*\}", "{id}", path)
            known = set(cast("dict[str, Any]", item)) if isinstance(item, dict) else set[str]()
            for method in _METHODS & known:
                operation = self._at(method.upper(), template)
                if operation is not None:
                    self._put(operation, {"documented": True})

    def _on_response(self, response: Response) -> None:
        asked = response.request
        if (
            asked.resource_type in ("xhr", "fetch")
            and len(self._answers) < _MOST_WAITING
            and same_application(asked.url, self._app_url)
            and is_json(response.headers.get("content-type", ""))
        ):
            self._answers.append(response)

    def _at(self, method: str, template: str) -> Operation | None:
        key, operations = _key(method, template), self._known.operations
        if key not in operations and len(operations) < MOST_OPERATIONS:
            operations[key] = Operation(
                method=method,
                template=template,
                example="",
                calls=0,
                statuses=(),
                query=(),
                request=None,
                responses={},
                documented=False,
            )
        return operations.get(key)

    def _put(self, operation: Operation, changes: Mapping[str, object]) -> None:
        key = _key(operation.method, operation.template)
        self._known.operations[key] = operation.model_copy(update=changes)


async def find_description(
    request: APIRequestContext, app_url: str, named: Iterable[str] = ()
) -> Found | None:
    """The application's OpenAPI description: where it says so itself, or at a usual place.

    `named` are the addresses that it names. One that does not answer is given up soon.
    """
    search, unanswered = looking(app_url, named), 0
    try:
        address = next(search)
        while unanswered < _MOST_UNANSWERED:
            document: object = ...
            try:
                document = await read_json(request, app_url, address)
            except PlaywrightError:
                unanswered += 1
            address = search.send(document)
    except StopIteration as end:
        return cast("Found | None", end.value)
    return None


async def named_by(session: Session, opened: Window) -> list[str]:
    """The addresses of descriptions that the page names which `opened`: by links, or as JSON.

    Raises:
        PageUnresponsive, playwright.async_api.Error: the page does not answer.
    """
    headers = opened.documents[-1].headers if opened.documents else {}
    named = [*linked(headers.get("link", "")), *await session.evaluate(_NAMED)]
    if is_json(headers.get("content-type", "")):
        address = relative_url(session.url)
        named += named_in(await read_json(session.context.request, session.app_url, address))
    return named


async def read_json(request: APIRequestContext, app_url: str, address: str) -> object:
    """What is there, parsed; `...` for what is no JSON, a refusal and a redirect.

    Raises:
        playwright.async_api.Error: nothing answers in time.
    """
    answer = await request.get(
        absolute_url(address, app_url),
        headers={"accept": ACCEPT},
        max_redirects=0,
        timeout=_TIMEOUT_MS,
    )
    try:
        return parsed(await answer.body()) if answer.ok else ...
    finally:
        await answer.dispose()


def is_json(content_type: str) -> bool:
    """Whether a media type is JSON, or built on it."""
    return re.match(r"application/([\w.+-]+\+)?json\b", content_type.strip().lower()) is not None


def _key(method: str, template: str) -> str:
    """Sorts by template, then by method."""
    return f"{template} {method}"
