"""Usage per month and meter; the events themselves are written and deduplicated by SQL."""

from datetime import date

from sqlalchemy import Date
from sqlalchemy.orm import Mapped, mapped_column

from argus.kernel.db.repository import TenantModel
from argus.kernel.ids import OrganizationId


class UsageTotal(TenantModel):
    """`period` is the first day of a month in UTC."""

    __tablename__ = "usage_total"
    __table_args__ = {"schema": "billing"}

    organization_id: Mapped[OrganizationId] = mapped_column(primary_key=True)
    period: Mapped[date] = mapped_column(Date, primary_key=True)
    meter: Mapped[str] = mapped_column(primary_key=True)
    quantity: Mapped[int]
    events: Mapped[int]
