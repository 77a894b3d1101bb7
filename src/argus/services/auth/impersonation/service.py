"""Acting as somebody else, when nothing else helps: for a reason, for a while, and in the open."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from argus.contracts.auth.events import (
    ImpersonationGranted,
    ImpersonationGrantWithdrawn,
    ImpersonationStarted,
)
from argus.contracts.permissions import ROLE_PERMISSIONS, Permission, Role
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import Database, UnitOfWork
from argus.kernel.errors import Forbidden
from argus.kernel.ids import OrganizationId, SessionId, UserId, format_id, new_id
from argus.kernel.principal import Principal, system
from argus.services.auth.access_token import AccessTokenClaims, Actor, sign
from argus.services.auth.access_token import Impersonation as ImpersonationClaim
from argus.services.auth.impersonation.errors import (
    ImpersonationGrantNotFound,
    ImpersonationNotFound,
    ImpersonationRefused,
)
from argus.services.auth.impersonation.models import Impersonation, ImpersonationGrant
from argus.services.auth.impersonation.repository import GrantRepository, ImpersonationRepository
from argus.services.auth.person import person
from argus.services.auth.sessions.service import SessionService
from argus.services.auth.settings import LONGEST_ACCESS_TOKEN_LIFE
from argus.services.auth.tokens.service import Authority, TokenService

CLIENT = "argus-impersonation"
"""Client id of such a session, by which the person sees it among their own."""
MAX_REASON = 500


@dataclass(frozen=True)
class BorrowedSession:
    """An access token that acts as somebody else. Nothing renews it."""

    access_token: str = field(repr=False)
    session_id: SessionId
    ends_at: datetime


@dataclass(frozen=True)
class PastImpersonation:
    """An impersonation, and when it ended; None while it runs."""

    impersonation: Impersonation
    ended_at: datetime | None


class Impersonations:
    """Break-glass: begun by the operator of the installation, or by an administrator to whom an
    owner has granted it for a while.

    The token carries who acts and why. What may be done with it is in `CREDENTIALS`: no credential,
    member, money or audit log is in reach. It ends with its time, with the person's session list,
    by signing out, with the administrator's own session, and when either of the two is deactivated.
    """

    def __init__(self, database: Database, clock: Clock, tokens: TokenService, issuer: str) -> None:
        self._database, self._clock = database, clock
        self._tokens, self._issuer = tokens, issuer

    async def begin(
        self,
        organization_id: OrganizationId,
        user_id: UserId,
        administrator_id: UserId,
        reason: str,
        life: timedelta,
    ) -> BorrowedSession:
        """Let the administrator act as the user in that organization, as the operator says.

        Raises:
            ImpersonationRefused
            OrganizationNotFound: one of them is no member of it.
        """
        operator = system("auth", organization_id)
        return await self._begin(user_id, administrator_id, reason, life, operator)

    async def begin_granted(
        self, user_id: UserId, reason: str, life: timedelta, principal: Principal
    ) -> BorrowedSession:
        """The same for an administrator who was granted it, in their own organization. It ends with
        the session that asks.

        Raises:
            Forbidden: nobody granted it, or the grant has expired.
            ImpersonationRefused, OrganizationNotFound
        """
        administrator_id, session_id = person(principal)
        async with self._database.unit_of_work(principal) as uow:
            holds = await GrantRepository(uow).holds(administrator_id, self._clock.now())
        if not holds:
            needed = Permission.ADMIN_IMPERSONATE.value
            raise Forbidden(f"the permission {needed} is needed", permission=needed)
        return await self._begin(
            user_id, administrator_id, reason, life, principal, started_by=session_id
        )

    async def page(
        self, uow: UnitOfWork, before: SessionId | None, limit: int
    ) -> tuple[Sequence[PastImpersonation], SessionId | None]:
        """Impersonations of the unit's organization, and where the next page starts."""
        now = self._clock.now()
        rows = await ImpersonationRepository(uow).page(before, limit + 1)
        found = [PastImpersonation(one, _ended_at(one, revoked, now)) for one, revoked in rows]
        following = SessionId(found[limit - 1].impersonation.id) if len(found) > limit else None
        return found[:limit], following

    async def end(self, uow: UnitOfWork, session_id: SessionId) -> None:
        """End one that the caller began; or any of the organization, for who manages its security.

        Raises:
            ImpersonationNotFound: unknown, ended, or another's.
        """
        found = await ImpersonationRepository(uow).get(session_id)
        caller = uow.principal
        may_end = found is not None and (
            found.administrator_id == caller.user_id
            or Permission.ORG_MANAGE_SECURITY in caller.permissions
        )
        if found is None or not may_end:
            raise ImpersonationNotFound
        sessions = SessionService(uow, self._clock)
        if not await sessions.end(found.user_id, session_id, "impersonation_ended"):
            raise ImpersonationNotFound

    async def grant(self, user_id: UserId, life: timedelta, principal: Principal) -> None:
        """Let a member of the caller's organization begin impersonations for that long.

        Raises:
            OrganizationNotFound: the person is no member.
        """
        owner_id, _ = person(principal)
        now = self._clock.now()
        await self._tokens.authority(user_id, principal.organization_id, principal)
        async with self._database.unit_of_work(principal) as uow:
            await GrantRepository(uow).put(
                {
                    "user_id": user_id,
                    "granted_by": owner_id,
                    "granted_at": now,
                    "expires_at": now + life,
                }
            )
            await uow.emit(
                ImpersonationGranted(user_id=format_id("usr", user_id), expires_at=now + life)
            )

    async def grants(self, uow: UnitOfWork) -> list[ImpersonationGrant]:
        """Who may begin impersonations in the unit's organization, the latest first."""
        return await GrantRepository(uow).list_live(self._clock.now())

    async def withdraw(self, uow: UnitOfWork, user_id: UserId) -> None:
        """The person begins no more of them; those that run go on until they are ended.

        Raises:
            ImpersonationGrantNotFound
        """
        if not await GrantRepository(uow).remove(user_id):
            raise ImpersonationGrantNotFound
        await uow.emit(ImpersonationGrantWithdrawn(user_id=format_id("usr", user_id)))

    async def _begin(
        self,
        user_id: UserId,
        administrator_id: UserId,
        reason: str,
        life: timedelta,
        principal: Principal,
        *,
        started_by: UUID | None = None,
    ) -> BorrowedSession:
        if not reason.strip() or len(reason) > MAX_REASON:
            raise ImpersonationRefused(f"say why, in at most {MAX_REASON} characters")
        if not timedelta(minutes=1) <= life <= LONGEST_ACCESS_TOKEN_LIFE:
            raise ImpersonationRefused("it lasts from a minute to an hour")
        if user_id == administrator_id:
            raise ImpersonationRefused("nobody impersonates themselves")
        organization_id = principal.organization_id
        administrator = await self._tokens.authority(administrator_id, organization_id, principal)
        user = await self._tokens.authority(user_id, organization_id, principal)
        if administrator is None or user is None:
            raise ImpersonationRefused("one of them is deactivated")
        if not _permissions(user) <= _permissions(administrator):
            raise ImpersonationRefused("the user may do more than the administrator")
        now = self._clock.now()
        by, ends_at = format_id("usr", administrator_id), now + life
        async with self._database.unit_of_work(principal) as uow:
            session = await SessionService(uow, self._clock).begin(
                user_id,
                client_id=CLIENT,
                user_agent=f"{by}: {reason}",
                strength=[],
                method="impersonation",
                life=life,
            )
            session.started_by = started_by
            session_id = SessionId(session.id)
            await ImpersonationRepository(uow).add(
                Impersonation(
                    id=session_id,
                    organization_id=user.organization_id,
                    user_id=user_id,
                    administrator_id=administrator_id,
                    reason=reason,
                    started_at=now,
                    ends_at=ends_at,
                )
            )
            await uow.emit(
                ImpersonationStarted(
                    user_id=format_id("usr", user_id),
                    administrator_id=by,
                    session_id=format_id("ses", session_id),
                    reason=reason,
                    ends_at=ends_at,
                )
            )
        claims = AccessTokenClaims(
            iss=self._issuer,
            sub=format_id("usr", user_id),
            aud=self._issuer,
            exp=int(ends_at.timestamp()),
            iat=int(now.timestamp()),
            jti=new_id(),
            client_id=CLIENT,
            sid=session_id,
            org=user.organization_id,
            roles=user.roles,
            epoch=user.epoch,
            act=Actor(sub=by),
            impersonation=ImpersonationClaim(by=by, reason=reason),
        )
        return BorrowedSession(sign(claims, user.key), session_id, ends_at)


def _ended_at(
    impersonation: Impersonation, revoked_at: datetime | None, now: datetime
) -> datetime | None:
    if revoked_at is not None:
        return revoked_at
    return impersonation.ends_at if impersonation.ends_at <= now else None


def _permissions(authority: Authority) -> set[Permission]:
    held = (Role(role) for role in authority.roles if role in set(Role))
    return {permission for role in held for permission in ROLE_PERMISSIONS[role]}
