"""Stored answers of creating requests that carry an `Idempotency-Key`.

An answer commits with the effect it tells of, and is replayed to the same caller for the same
request for a day. It is sealed, since it may hold a secret that is shown once. Requests without a
credential have no caller to keep an answer for: their keys are ignored.

As of draft-ietf-httpapi-idempotency-key-header-06, where the header is a quoted string; the same
without quotes, which most clients send, is the same key. In place of the 409 that the draft
recommends, a repetition waits for the request that it repeats, and gets its answer.
"""

import hmac
import re

import orjson
from fastapi import Response
from sqlalchemy import text

from argus.kernel.crypto import Keyring
from argus.kernel.db.unit_of_work import Database, UnitOfWork
from argus.kernel.errors import ArgusError
from argus.kernel.principal import Principal, system

Name = tuple[str, str, str]
"""Caller (principal and organization), operation and key: what identifies a request."""

MAX_KEY_LENGTH = 255


class IdempotencyKeyReused(ArgusError):
    """The `Idempotency-Key` was used before with another address or body.

    Take a new key for a new request; repeat a request exactly as it was.
    """

    code, status, title = "kernel.idempotency.key_reused", 422, "Idempotency key reused"


class IdempotencyKeyTooLong(ArgusError):
    """An `Idempotency-Key` has at most 255 characters; a UUID is a good one."""

    code, status, title = "kernel.idempotency.key_too_long", 422, "Idempotency key too long"


def name_of(principal: Principal, operation: str, header: str) -> Name:
    """What the header `Idempotency-Key` of a caller's request to an operation identifies.

    Raises:
        IdempotencyKeyTooLong
    """
    key = header.strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = re.sub(r"\\(.)", r"\1", key[1:-1])
    if len(key) > MAX_KEY_LENGTH:
        raise IdempotencyKeyTooLong
    return f"{principal.id} {principal.organization_id}", operation, key


async def find_answer(
    database: Database, keyring: Keyring, name: Name, digest: bytes
) -> Response | None:
    """The stored answer, or None.

    Raises:
        IdempotencyKeyReused
    """
    principal, operation, key = name
    async with database.unit_of_work(system(database.service)) as uow:
        row = (
            await uow.session.execute(
                text(
                    "select request_hash, status, sealed_answer from idempotency where"
                    " principal = :principal and operation = :operation and key = :key"
                    " and created_at > now() - interval '1 day'"
                ),
                {"principal": principal, "operation": operation, "key": key},
            )
        ).one_or_none()
    if row is None:
        return None
    if not hmac.compare_digest(row.request_hash, digest):
        raise IdempotencyKeyReused
    answer = orjson.loads(keyring.open(row.sealed_answer, _context(database, name)))
    headers = {**answer["headers"], "Idempotent-Replayed": "true"}
    return Response(answer["body"].encode(), row.status, headers)


async def store_answer(
    uow: UnitOfWork, keyring: Keyring, name: Name, digest: bytes, response: Response
) -> bool:
    """Store in the unit of the effect; False when another request was first."""
    principal, operation, key = name
    headers = {
        header: value
        for header, value in response.headers.items()
        if header in ("content-type", "location")
    }
    answer = orjson.dumps({"headers": headers, "body": bytes(response.body).decode()})
    first = await uow.session.scalar(
        text(
            "insert into idempotency"
            " (principal, operation, key, request_hash, status, sealed_answer)"
            " values (:principal, :operation, :key, :digest, :status, :answer)"
            " on conflict (principal, operation, key) do update set"
            " request_hash = excluded.request_hash, status = excluded.status,"
            " sealed_answer = excluded.sealed_answer, created_at = now()"
            " where idempotency.created_at <= now() - interval '1 day' returning true"
        ),
        {
            "principal": principal,
            "operation": operation,
            "key": key,
            "digest": digest,
            "status": response.status_code,
            "answer": keyring.seal(answer, _context(uow.database, name)),
        },
    )
    return bool(first)


def _context(database: Database, name: Name) -> str:
    return f"{database.service}.idempotency.sealed_answer:{'|'.join(name)}"
