"""Organizations' security settings: read on every entry, changed seldom and audited."""

from dataclasses import asdict
from datetime import datetime, timedelta

from argus.contracts.auth.events import OrganizationSecurityChanged
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import OrganizationId, format_id
from argus.services.auth.organization_security.demands import Demands, Entry
from argus.services.auth.organization_security.errors import LocksOut
from argus.services.auth.organization_security.models import SecurityRow
from argus.services.auth.organization_security.repository import SecurityRepository
from argus.services.auth.revocations.feed import RevocationFeed
from argus.services.auth.revocations.memory import Memory
from argus.services.auth.revocations.picture import keys_of
from argus.services.auth.revocations.repository import Revocations
from argus.services.auth.sessions.repository import SessionRepository

STALENESS = timedelta(seconds=5)
"""For this long a process goes by what it read last, unless it hears of a change."""
_MOST_REMEMBERED = 10_000
_NOTHING = Demands()


class OrganizationSecurity:
    """What organizations demand, remembered until it changes. One for the process."""

    def __init__(self, clock: Clock, feed: RevocationFeed) -> None:
        self._clock, self._feed = clock, feed
        self._remembered = Memory[OrganizationId, tuple[Demands, datetime]](
            feed, clock, _MOST_REMEMBERED
        )

    async def of(self, uow: UnitOfWork, organization_id: OrganizationId) -> Demands:
        """What that organization demands; it need not be the unit's own."""
        demands = self.remembered(organization_id) if self._feed.is_current else None
        if demands is None:
            now, sequence = self._clock.now(), self._feed.sequence
            demands = demands_of(await SecurityRepository(uow).find(organization_id))
            self._remembered.remember(
                organization_id,
                (demands, now),
                sequence=sequence,
                rests_on=keys_of([organization_id], organization_id),
            )
        return demands

    def remembered(
        self, organization_id: OrganizationId, within: timedelta = STALENESS
    ) -> Demands | None:
        """What that organization demanded at most so long ago, if this process has heard of no
        change since; it may have heard of none because it hears nothing (`RevocationFeed`).
        """
        known = self._remembered.recall(organization_id)
        if known is None:
            return None
        demands, read_at = known
        return demands if self._clock.now() - read_at < within else None

    async def change(self, uow: UnitOfWork, demands: Demands, email: str) -> Demands:
        """Demand this from now on. Tokens of the organization end; refreshing measures them anew.

        `email` is the verified address of the person who asks, or empty.

        Raises:
            LocksOut: the person could not come in again.
        """
        organization_id, now = uow.organization_id, self._clock.now()
        repository = SecurityRepository(uow)
        principal = uow.principal
        session = await SessionRepository(uow).find(principal.session_id)
        asks = Entry(
            method=session.method if session else "",
            strength=principal.strength,
            email=email,
            address=principal.address,
            age=now - (principal.authenticated_at or now),
            idle=timedelta(0),
        )
        refusal = demands.refusal_of(asks)
        if refusal is not None:
            raise LocksOut(refusal.detail, because=refusal.code)
        row = await repository.get_for_update()
        before = demands_of(row)
        if demands == before:
            return demands
        values = {**_columns(demands), "changed_by": uow.principal.id, "changed_at": now}
        if row is None:
            await repository.add(SecurityRow(organization_id=organization_id, **values))
        else:
            for name, value in values.items():
                setattr(row, name, value)
        changed = [name for name, value in asdict(before).items() if value != asdict(demands)[name]]
        await Revocations(uow).revoke(organization_id, now)
        await uow.emit(
            OrganizationSecurityChanged(
                organization_id=format_id("org", organization_id), changed=changed
            )
        )
        return demands


def demands_of(row: SecurityRow | None) -> Demands:
    """The row as it is measured by; without one nothing is demanded."""
    if row is None:
        return _NOTHING
    return Demands(
        mfa_required=row.mfa_required,
        sign_in_methods=_tuple(row.sign_in_methods),
        email_domains=_tuple(row.email_domains),
        session_life=row.session_life,
        session_idle=row.session_idle,
        address_ranges=_tuple(row.address_ranges),
        api_key_life=row.api_key_life,
    )


def _tuple(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)


def _columns(demands: Demands) -> dict[str, object]:
    return {
        name: [*value] if isinstance(value, tuple) else value
        for name, value in asdict(demands).items()
    }
