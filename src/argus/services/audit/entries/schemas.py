"""What the log shows."""

from typing import Any

from argus.kernel import schema


class AuditEntry(schema.Response):
    """One event. `hash` and `previous_hash` are hex SHA-256; `event` is what was hashed."""

    seq: int
    type: str
    subject: str
    principal: str
    time: str
    hash: str
    previous_hash: str
    event: dict[str, Any]


class AuditPage(schema.Response):
    """Newest first. `next_cursor` continues; null at the end."""

    entries: list[AuditEntry]
    next_cursor: str | None


class AuditVerdict(schema.Response):
    """Whether the chain holds. Keep `head` elsewhere: it tells later whether the end was cut."""

    valid: bool
    entries: int
    head: str
    problem: str
