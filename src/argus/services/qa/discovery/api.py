"""The API that an application's own pages use, catalogued from the traffic, and what it documents.

Values are never kept, only their schemas: a catalogue holds nothing of a user's data.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

from playwright.async_api import APIRequestContext, BrowserContext, Response
from playwright.async_api import Error as PlaywrightError

from argus.services.qa.discovery.json_schema import infer, merge
from argus.services.qa.discovery.operation import Operation
from argus.services.qa.foreign_json import parsed
from argus.services.qa.urls import absolute_url, path_template, relative_url, same_application

MOST_OPERATIONS = 300
_SAMPLES = 10
"""So many answers of an operation and status are read; more would hardly change its schema."""
DESCRIPTIONS = ("/openapi.json", "/swagger.json", "/api/openapi.json")
_TIMEOUT_MS = 3_000
_BODY_TIMEOUT_S = 2.0
_MOST_WAITING = 100
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


async def find_description(request: APIRequestContext, app_url: str) -> Mapping[str, Any] | None:
    """The application's OpenAPI description, if it serves one at a usual place."""
    for path in DESCRIPTIONS:
        try:
            answer = await request.get(
                absolute_url(path, app_url), max_redirects=0, timeout=_TIMEOUT_MS
            )
            found = parsed(await answer.text()) if answer.ok else ...
            await answer.dispose()
        except (PlaywrightError, UnicodeDecodeError):
            continue
        if is_description(found):
            return cast("Mapping[str, Any]", found)
    return None


def is_description(document: object) -> bool:
    """Whether a JSON document is an OpenAPI (2 or 3) description, as far as it is read here."""
    if not isinstance(document, dict) or not {"openapi", "swagger"} & document.keys():
        return False
    found = cast("dict[str, Any]", document)
    servers = found.get("servers", [])
    return (
        isinstance(found.get("paths", {}), dict)
        and isinstance(servers, list)
        and all(isinstance(each, dict) for each in cast("list[object]", servers))
    )


def is_json(content_type: str) -> bool:
    """Whether a media type is JSON, or built on it."""
    return re.match(r"application/([\w.+-]+\+)?json\b", content_type.strip().lower()) is not None


def base_path(description: Mapping[str, Any]) -> str:
    """The path below which a description's own paths lie."""
    servers = cast("list[dict[str, object]]", description.get("servers") or [{}])
    try:
        path = urlsplit(str(servers[0].get("url", ""))).path
    except ValueError:  # an address that is none
        path = ""
    base = str(description.get("basePath") or path).strip("/")
    return f"/{base}" if base else ""


def _key(method: str, template: str) -> str:
    """Sorts by template, then by method."""
    return f"{template} {method}"
