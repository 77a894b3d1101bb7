"""Whatever a client sends, it gets an answer that tells what was wrong, and never a failure."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from argus.kernel import authentication
from support.belongings import Belongings
from support.operations import ENDLESS, Operation, operations
from support.organizations import Tenant

TEXTS = ["\0", "x" * 5000, "🙂\u202e", "' or 1=1 --", "../../etc/passwd", "-1", "9" * 30, "nan"]
VALUES: list[Any] = [None, True, -1, 2**80, 1e308, "\0", "", "x" * 100_000, [], ["\ud800"], {}]
NO_BODIES = [b"", b"{", b"null", b"[]", b'"text"', b"\xff\xfe", b"[" * 20_000, b'{"a": NaN}']
MALFORMED_TOKENS = [
    "x",
    "a.b.c",
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c3JfMSJ9.",
    "argus_sk_" + "0" * 32,
    "\xff\xfe",
    "x" * 8000,
]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What bad credentials cost is tested elsewhere."""
    monkeypatch.setattr(authentication, "FAILED_AUTHENTICATION_S", 0.0)


def path_of(operation: Operation, ids: dict[str, str], bad: dict[str, str]) -> str:
    """The path with good ids of one's own, but for the bad ones."""
    path = operation.path
    for parameter in operation.parameters:
        good = ids.get(parameter.prefix or "", "text")
        path = path.replace("{" + parameter.name + "}", bad.get(parameter.name, good))
    return path


def bad_parameters(operation: Operation, ids: dict[str, str]) -> Iterator[dict[str, Any]]:
    for parameter in operation.parameters:
        for text in TEXTS:
            if parameter.where == "path":
                bad = {parameter.name: quote(text, safe="")}
                yield {"url": path_of(operation, ids, bad)}
            elif parameter.where == "query":
                yield {"url": path_of(operation, ids, {}), "params": {parameter.name: text}}
            elif parameter.where == "header" and text.isascii() and "\0" not in text:
                yield {"url": path_of(operation, ids, {}), "headers": {parameter.name: text}}


def no_bodies(operation: Operation, ids: dict[str, str]) -> Iterator[dict[str, Any]]:
    """What no operation takes for a body."""
    url = path_of(operation, ids, {})
    for body in NO_BODIES:
        yield {"url": url, "content": body}
    yield {"url": url, "content": b"x" * (2 << 20)}
    yield {"url": url, "content": b"{}", "headers": {"Content-Type": "text/plain"}}
    yield {"url": url, "json": {"unknown": 1}}


def bad_fields(operation: Operation, ids: dict[str, str]) -> Iterator[dict[str, Any]]:
    url = path_of(operation, ids, {})
    fields = [parameter.name for parameter in operation.parameters if parameter.where == "body"]
    for field in fields:
        for value in VALUES:
            body = dict.fromkeys(fields, "text") | {field: value}
            yield {"url": url, "content": json.dumps(body)}


CLOSED = {"register_client"}
"""Operations that an installation has to open."""

WITH_MORE_PROOF = {"begin_impersonation", "change_registration", "grant_impersonation"}
"""Operations for which an owner's token is not enough, whatever the body."""


async def ask(
    client: httpx.AsyncClient, operation: Operation, token: str, request: dict[str, Any]
) -> httpx.Response:
    """The answer, which is no failure; an error is a problem document of the catalogue, or the body
    of RFC 6749 section 5.2 where OAuth answers.
    """
    headers = {"Content-Type": "application/json"} | request.pop("headers", {})
    headers["Authorization"] = f"Bearer {token}".encode("latin-1")
    answer = await client.request(operation.method, headers=headers, **request)
    shown = f"{operation.id} {str(request)[:300]}: {answer.status_code} {answer.text[:300]}"
    assert answer.status_code < 500, shown
    if operation.path.startswith("/oauth/") and "error" in answer.text:
        assert answer.json().get("error") or answer.json()["code"], shown
    elif answer.status_code >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json", shown
        assert answer.json()["code"], shown
    return answer


async def test_bad_parameters_and_fields_are_the_clients_fault(
    unlimited: httpx.AsyncClient, acme: Tenant, belongings: Belongings
) -> None:
    sent = 0
    for operation in operations():
        if operation.id in ENDLESS:
            continue
        for request in (
            *bad_parameters(operation, belongings.by_prefix),
            *bad_fields(operation, belongings.by_prefix),
        ):
            await ask(unlimited, operation, acme.owner.token, request)
            sent += 1
    assert sent > 500


@pytest.mark.requirement("attacks:requests:mass-assignment")
async def test_what_is_no_body_is_refused(
    unlimited: httpx.AsyncClient, acme: Tenant, belongings: Belongings
) -> None:
    taking = [operation for operation in operations() if operation.has_body]
    for operation in taking:
        for request in no_bodies(operation, belongings.by_prefix):
            answer = await ask(unlimited, operation, acme.owner.token, request)
            refused = {400, 413, 422} | ({403} if operation.id in CLOSED else set())
            refused |= {401} if operation.id in WITH_MORE_PROOF else set()
            assert answer.status_code in refused, (operation.id, str(request)[:300])
    assert len(taking) == 67


async def test_a_malformed_token_is_refused_by_every_operation(
    unlimited: httpx.AsyncClient, belongings: Belongings
) -> None:
    for operation in operations():
        for token in MALFORMED_TOKENS:
            request = {"url": path_of(operation, belongings.by_prefix, {})}
            answer = await ask(unlimited, operation, token, request)
            assert answer.status_code == 401, (operation.id, token)
            assert "Bearer" in answer.headers["WWW-Authenticate"]
