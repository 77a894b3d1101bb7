"""Every event of the platform becomes an entry; a consumer cannot forget one."""

from argus.kernel.events import Event
from argus.kernel.module import Call, Envelope, consumes
from argus.services.audit.entries.service import INSTALLATION, AuditLog


@consumes(Event, name="audit.append")
async def append(_event: Event, envelope: Envelope, call: Call) -> None:
    """Append the envelope to its organization's chain."""
    if envelope.organization is None:
        await call.uow.enter_tenant(INSTALLATION)
    await AuditLog(call.uow).append(envelope.id, envelope.raw)
