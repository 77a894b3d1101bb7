"""The audit log over HTTP."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Annotated

import orjson
from fastapi import Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from argus.contracts.permissions import Permission
from argus.kernel.authz import requires
from argus.kernel.errors import Forbidden, InvalidRequest, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.services.audit.chain import Link
from argus.services.audit.entries.models import Entry
from argus.services.audit.entries.repository import Filter
from argus.services.audit.entries.schemas import AuditEntry, AuditPage, AuditVerdict
from argus.services.audit.entries.service import AuditLog

router = service_router("audit", prefix="/api/v1/audit", tags=["audit"])


@router.get(
    "/entries",
    summary="Search the audit log",
    responses=problems(Unauthenticated, Forbidden, InvalidRequest),
    dependencies=[requires(Permission.AUDIT_READ)],
)
async def list_audit_entries(
    call: CallDep,
    type: Annotated[str, Query(max_length=100, description="Event type: ApiKeyCreated")] = "",  # noqa: A002 - the field's own word
    subject: Annotated[str, Query(max_length=100, description="What it is about: key_…")] = "",
    principal: Annotated[
        str, Query(max_length=100, description="Who did it, also in somebody else's place: usr_…")
    ] = "",
    since: Annotated[AwareDatetime | None, Query(description="Not before this time")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Before this time")] = None,
    cursor: Annotated[int | None, Query(ge=1, lt=2**63, description="From the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AuditPage:
    """Entries of the caller's organization, newest first. An event appears within a second."""
    wanted = Filter(type, subject, principal, _stored(since), _stored(until))
    log = AuditLog(call.uow)
    found = await log.find(wanted, cursor, limit + 1)
    page = found[:limit]
    return AuditPage(
        entries=[_shown(entry) for entry in page],
        next_cursor=str(page[-1].seq) if len(found) > limit else None,
    )


@router.get(
    "/verify",
    summary="Verify the audit log's hash chain",
    responses=problems(Unauthenticated, Forbidden),
    dependencies=[requires(Permission.AUDIT_READ)],
)
async def verify_audit_log(call: CallDep) -> AuditVerdict:
    """Recomputes every hash of the caller's organization; its cost grows with the log."""
    verdict = await AuditLog(call.uow).verify()
    return AuditVerdict(
        valid=verdict.valid,
        entries=verdict.entries,
        head=verdict.head.hex(),
        problem=verdict.problem,
    )


@router.get(
    "/export",
    summary="Export the audit log",
    response_class=StreamingResponse,
    responses=problems(Unauthenticated, Forbidden),
    dependencies=[requires(Permission.AUDIT_EXPORT)],
)
async def export_audit_log(call: CallDep) -> StreamingResponse:
    """The whole chain as JSON lines, oldest first; `argus audit verify --file` checks it."""
    database, principal = call.uow.database, call.principal

    async def lines() -> AsyncGenerator[bytes]:
        after_seq = 0
        while True:
            # A unit for each batch: a client that reads slowly must hold no connection.
            async with database.unit_of_work(principal) as uow:
                batch = await AuditLog(uow).links_after(after_seq)
            if not batch:
                return
            yield b"".join(_line(link) for link in batch)
            after_seq = batch[-1].seq

    return StreamingResponse(lines(), media_type="application/jsonl")


def _line(link: Link) -> bytes:
    return orjson.dumps(
        {
            "seq": link.seq,
            "body": link.body,
            "previous_hash": link.previous_hash.hex(),
            "hash": link.hash.hex(),
        },
        option=orjson.OPT_APPEND_NEWLINE,
    )


def _stored(time: datetime | None) -> str:
    try:
        return time.astimezone(UTC).isoformat() if time else ""
    except OverflowError:
        raise InvalidRequest("a time lies outside the calendar") from None


def _shown(entry: Entry) -> AuditEntry:
    return AuditEntry(
        seq=entry.seq,
        type=entry.type,
        subject=entry.subject,
        principal=entry.principal,
        time=entry.time,
        hash=entry.hash.hex(),
        previous_hash=entry.previous_hash.hex(),
        event=orjson.loads(entry.body),
    )
