"""Clients whose id is the address of a document about them (Client ID Metadata Document, MCP
authorization; draft-ietf-oauth-client-id-metadata-document).

Whoever sends a `client_id` makes this server fetch an address: only through `Outbound`, little, and
not often.
"""

import asyncio
import re
from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

import orjson
import structlog

from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import Database
from argus.kernel.errors import ArgusError
from argus.kernel.outbound import Outbound, OutboundAnswer
from argus.kernel.principal import system
from argus.kernel.rate_limits.buckets import TokenBuckets
from argus.services.auth.clients.metadata import (
    SECRET_METHODS,
    ClientMetadata,
    InvalidUri,
    check_web_uri,
    of_unknown,
)
from argus.services.auth.clients.models import OpenClient
from argus.services.auth.clients.repository import OpenClientRepository

MAX_BYTES = 5 * 1024
TIMEOUT_S = 5
SHORTEST_FRESH, LONGEST_FRESH = timedelta(minutes=5), timedelta(hours=24)
"""How long a document is good without another look; within these, `Cache-Control` decides."""
LONGEST_STALE = timedelta(days=7)
"""How long a document goes on while its address does not answer, so that nobody is signed out."""
FETCHES_PER_MINUTE, FETCHES_PER_ORIGIN = 120, 30

_MAX_AGE = re.compile(r"\bmax-age=(\d{1,9})\b")
_DOT_SEGMENTS = re.compile(r"/(\.|%2e){1,2}(/|$)", re.IGNORECASE)
_JSON = re.compile(r"application/([a-z0-9.+-]+\+)?json", re.IGNORECASE)

_log = structlog.get_logger(__name__)


class ClientDocuments:
    """Reads documents and remembers them. Use it outside of a begun unit of work."""

    def __init__(self, database: Database, outbound: Outbound, clock: Clock) -> None:
        self._database, self._outbound, self._clock = database, outbound, clock
        self._fetches = TokenBuckets()
        self._reading: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def find(self, url: str) -> ClientMetadata | None:
        """What the document at this address says, if it is one about the client of this id.

        None also when it cannot be read now and was not read before.
        """
        if not is_document_address(url):
            return None
        async with self._reading.setdefault(url, asyncio.Lock()):
            async with self._database.unit_of_work(system("auth")) as uow:
                known = await OpenClientRepository(uow).find(url)
            now = self._clock.now()
            if known is not None and known.fresh_until is not None and known.fresh_until > now:
                return ClientMetadata.model_validate(known.metadata_)
            read = await self._read(url)
            if read is not None:
                metadata, fresh = read
                await self._remember(url, metadata, fresh)
                return metadata
        if known is not None and now - known.read_at < LONGEST_STALE:
            return ClientMetadata.model_validate(known.metadata_)
        return None

    async def _read(self, url: str) -> tuple[ClientMetadata, timedelta] | None:
        now_s, origin = self._clock.now().timestamp(), urlsplit(url).netloc.lower()
        if not (
            self._fetches.take(f"origin {origin}", FETCHES_PER_ORIGIN, now_s).allowed
            and self._fetches.take("all", FETCHES_PER_MINUTE, now_s).allowed
        ):
            _log.warning("auth.client_document.limited", origin=origin)
            return None
        try:
            answer = await self._outbound.request(
                "GET",
                url,
                headers={"Accept": "application/json"},
                max_bytes=MAX_BYTES,
                timeout_s=TIMEOUT_S,
            )
            return parse_document(url, answer), _freshness(answer)
        except (ArgusError, ValueError) as error:
            _log.warning("auth.client_document.unusable", origin=origin, why=str(error))
            return None

    async def _remember(self, url: str, metadata: ClientMetadata, fresh: timedelta) -> None:
        now = self._clock.now()
        async with self._database.unit_of_work(system("auth")) as uow:
            await OpenClientRepository(uow).put(
                OpenClient(
                    client_id=url,
                    metadata_=metadata.model_dump(mode="json"),
                    secret_digest=None,
                    access_digest=None,
                    read_at=now,
                    fresh_until=now + fresh,
                )
            )


def is_document_address(url: str) -> bool:
    """Whether a client may have this for its id: `https`, with a path, and in its plainest form."""
    try:
        path = urlsplit(check_web_uri(url)).path
    except InvalidUri:
        return False
    return len(path) > 1 and _DOT_SEGMENTS.search(path) is None


def parse_document(url: str, answer: OutboundAnswer) -> ClientMetadata:
    """What the answer says of the client of this id.

    Raises:
        ValueError: it is no such document; the message says why.
    """
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip()
    if answer.status != 200 or not _JSON.fullmatch(media_type):
        raise ValueError(f"status {answer.status}, {media_type or 'no type'}")
    content: object = orjson.loads(answer.body)
    if not isinstance(content, dict):
        raise ValueError("no object")  # noqa: TRY004 - one kind of error for all of it
    document = cast("dict[str, Any]", content)
    if document.get("client_id") != url:
        raise ValueError("client_id is not the address")
    method = document.setdefault("token_endpoint_auth_method", "none")
    if method in SECRET_METHODS or "client_secret" in document:
        raise ValueError("a secret that everybody can read is none")
    return of_unknown(document)


def _freshness(answer: OutboundAnswer) -> timedelta:
    asked = _MAX_AGE.search(answer.headers.get("cache-control", ""))
    life = timedelta(seconds=int(asked[1])) if asked else SHORTEST_FRESH
    return min(max(life, SHORTEST_FRESH), LONGEST_FRESH)
