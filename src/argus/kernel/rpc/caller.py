"""Who calls: the sealed metadata by which services of one installation trust each other.

The calling service seals its name and the principal it acts for, bound to the method and to the
request, and valid for a minute. Only holders of the master key can make or read it.
"""

import base64
import dataclasses
import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import text

from argus.kernel.crypto import Keyring, UnsealFailed
from argus.kernel.db.unit_of_work import UNREACHABLE, Database
from argus.kernel.errors import Unauthenticated, Unavailable
from argus.kernel.principal import Principal, system

METADATA_KEY = "argus-caller"
_LIFE = timedelta(minutes=1)
_INBOX_KEY = "kernel.sibling_call"


@dataclasses.dataclass(frozen=True)
class SiblingCall:
    """What one service tells another about a call."""

    service: str
    """Who calls; empty for what stands before the services, as the edge does."""
    principal: Principal
    request_id: str
    expires_at: datetime


_ADAPTER = TypeAdapter(SiblingCall)


def seal_call(
    keyring: Keyring,
    path: str,
    request: bytes,
    service: str,
    principal: Principal,
    request_id: str,
    now: datetime,
) -> str:
    """The metadata that tells the callee of `path` who calls, and for whom."""
    body = _ADAPTER.dump_json(SiblingCall(service, principal, request_id, now + _LIFE))
    return base64.b64encode(keyring.seal(body, _purpose(path, request))).decode()


def open_call(
    keyring: Keyring, path: str, request: bytes, sealed: str, now: datetime
) -> SiblingCall:
    """The call behind the metadata.

    Raises:
        Unauthenticated: made by somebody else, for another method or request, or too long ago.
    """
    try:
        body = keyring.open(base64.b64decode(sealed, validate=True), _purpose(path, request))
        call = _ADAPTER.validate_json(body)
    except (UnsealFailed, ValueError):
        raise Unauthenticated("the sibling call cannot be verified") from None
    if call.expires_at < now.astimezone(UTC):
        raise Unauthenticated("the sibling call has expired")
    return call


async def use_once(database: Database, sealed: str) -> None:
    """Take a call that was opened as answered, by all processes that host its service.

    Raises:
        Unauthenticated: it came before.
        Unavailable: the database does not answer, so nobody can tell.
    """
    digest = hashlib.sha256(base64.b64decode(sealed)).digest()
    try:
        async with database.unit_of_work(system(database.service)) as uow:
            first = await uow.session.scalar(
                text(
                    "insert into inbox (consumer, event_id) values (:consumer, :call)"
                    " on conflict do nothing returning true"
                ),
                {"consumer": _INBOX_KEY, "call": UUID(bytes=digest[:16])},
            )
    except UNREACHABLE as error:
        raise Unavailable("the database does not answer") from error
    if not first:
        raise Unauthenticated("the sibling call came before")


def _purpose(path: str, request: bytes) -> str:
    return f"rpc:{path}:{hashlib.sha256(request).hexdigest()}"
