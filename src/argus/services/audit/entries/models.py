"""The log's tables; the role may insert entries, and never change or delete one."""

from uuid import UUID

from sqlalchemy import Computed, Text
from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.repository import TenantModel
from argus.kernel.ids import OrganizationId


class Entry(TenantModel):
    """One event, as it was hashed. `type`, `subject`, `principal`, `time` derive from `body`."""

    __tablename__ = "entry"
    __table_args__ = {"schema": "audit"}

    organization_id: Mapped[OrganizationId] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[UUID]
    body: Mapped[str]
    previous_hash: Mapped[bytes]
    hash: Mapped[bytes]
    type: Mapped[str] = mapped_column(Text, Computed("body"))
    subject: Mapped[str] = mapped_column(Text, Computed("body"))
    principal: Mapped[str] = mapped_column(Text, Computed("body"))
    time: Mapped[str] = mapped_column(Text, Computed("body"))


class Chain(TenantModel):
    """How far an organization's chain has come."""

    __tablename__ = "chain"
    __table_args__ = {"schema": "audit"}

    organization_id: Mapped[OrganizationId] = mapped_column(primary_key=True)
    entries: Mapped[int]
    head: Mapped[bytes]
