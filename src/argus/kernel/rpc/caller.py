"""Who calls: the sealed metadata by which services of one installation trust each other.

The calling service seals its name and the principal it acts for, bound to the method and to the
request, and valid for a minute. Only holders of the master key can make or read it.
"""

import base64
import dataclasses
import hashlib
from datetime import UTC, datetime, timedelta

from pydantic import TypeAdapter

from argus.kernel.crypto import Keyring, UnsealFailed
from argus.kernel.errors import Unauthenticated
from argus.kernel.principal import Principal

METADATA_KEY = "argus-caller"
_LIFE = timedelta(minutes=1)


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


def _purpose(path: str, request: bytes) -> str:
    return f"rpc:{path}:{hashlib.sha256(request).hexdigest()}"
