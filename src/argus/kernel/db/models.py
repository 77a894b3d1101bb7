"""Base of the ORM models: typed columns, explicit loading, no cross-schema references."""

import enum
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Enum, LargeBinary, MetaData, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from argus.kernel.ids import OrganizationId, ProjectId, SessionId, UserId


def _values(members: type[enum.Enum]) -> list[str]:
    return [str(member.value) for member in members]


class Base(DeclarativeBase):
    """Enums persist their value in `text`; all times are `timestamptz`; lists are arrays."""

    metadata: ClassVar[MetaData] = MetaData()
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        enum.Enum: Enum(enum.Enum, native_enum=False, values_callable=_values, length=None),
        datetime: DateTime(timezone=True),
        UUID: Uuid(),
        OrganizationId: Uuid(),
        ProjectId: Uuid(),
        SessionId: Uuid(),
        UserId: Uuid(),
        str: Text(),
        int: BigInteger(),
        bytes: LargeBinary(),
        list[str]: ARRAY(Text()),
        dict[str, Any]: JSONB(),
    }


class TenantMixin:
    """Every tenant table names its organization, child tables included."""

    organization_id: Mapped[OrganizationId] = mapped_column()
