"""Acting as somebody else, when nothing else helps: for a reason, for a while, and in the open."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from argus.contracts.auth.events import ImpersonationStarted
from argus.contracts.permissions import ROLE_PERMISSIONS, Permission, Role
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import Database
from argus.kernel.ids import OrganizationId, SessionId, UserId, format_id, new_id
from argus.kernel.principal import system
from argus.services.auth.access_token import AccessTokenClaims, Actor, Impersonation, sign
from argus.services.auth.impersonation.errors import ImpersonationRefused
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


class Impersonations:
    """Break-glass. The operator of the installation begins one, and nobody over the network.

    The token carries who acts and why. What may be done with it is in `CREDENTIALS`: no credential,
    member, money or audit log is in reach. It ends with its time, with the person's session list,
    by signing out, and when either of the two is deactivated.
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
        """Let the administrator act as the user in that organization.

        Raises:
            ImpersonationRefused
            OrganizationNotFound: one of them is no member of it.
        """
        if not reason.strip() or len(reason) > MAX_REASON:
            raise ImpersonationRefused(f"say why, in at most {MAX_REASON} characters")
        if not timedelta(minutes=1) <= life <= LONGEST_ACCESS_TOKEN_LIFE:
            raise ImpersonationRefused("it lasts from a minute to an hour")
        if user_id == administrator_id:
            raise ImpersonationRefused("nobody impersonates themselves")
        operator = system("auth", organization_id)
        administrator = await self._tokens.authority(administrator_id, organization_id, operator)
        user = await self._tokens.authority(user_id, organization_id, operator)
        if administrator is None or user is None:
            raise ImpersonationRefused("one of them is deactivated")
        if not _permissions(user) <= _permissions(administrator):
            raise ImpersonationRefused("the user may do more than the administrator")
        now = self._clock.now()
        by = format_id("usr", administrator_id)
        async with self._database.unit_of_work(operator) as uow:
            session = await SessionService(uow, self._clock).begin(
                user_id,
                client_id=CLIENT,
                user_agent=f"{by}: {reason}",
                strength=[],
                method="impersonation",
                life=life,
            )
            session_id, ends_at = SessionId(session.id), now + life
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
            org=organization_id,
            roles=user.roles,
            epoch=user.epoch,
            act=Actor(sub=by),
            impersonation=Impersonation(by=by, reason=reason),
        )
        return BorrowedSession(sign(claims, user.key), session_id, ends_at)


def _permissions(authority: Authority) -> set[Permission]:
    held = (Role(role) for role in authority.roles if role in set(Role))
    return {permission for role in held for permission in ROLE_PERMISSIONS[role]}
