"""SQL of refresh tokens. Only hashes are stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, text, update

from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import OrganizationId
from argus.services.auth.sessions.models import Session
from argus.services.auth.tokens.models import RefreshToken

REUSE_DETECTION = timedelta(days=7)
"""A token that was used longer ago is forgotten: unknown instead of reused, refused either way."""


_ROTATE = """
with asked as (
  select * from unnest(
    cast(:hashes as bytea[]), cast(:clients as text[]), cast(:keys as text[]),
    cast(:successors as bytea[]), cast(:organizations as uuid[]), cast(:answers as bytea[])
  ) as asked (hash, client_id, jkt, successor, bound_to, answer)
), usable as (
  select token.hash from auth.refresh_token token
  join auth.session on session.id = token.session_id
  where token.hash in (select hash from asked) and token.used_at is null
    and session.revoked_at is null and session.expires_at > :now
  order by session.id, token.hash
  for update of session, token
), chosen as (
  select distinct on (token.hash) token.hash, token.session_id, asked.successor, asked.bound_to,
    asked.answer
  from usable
  join auth.refresh_token token using (hash)
  join auth.session on session.id = token.session_id
  join asked on asked.hash = token.hash and asked.client_id = session.client_id
    and (session.cnf_jkt is null or session.cnf_jkt = asked.jkt)
), used as (
  update auth.refresh_token token set used_at = :now, sealed_answer = chosen.answer
  from chosen where token.hash = chosen.hash
), seen as (
  update auth.session set last_seen_at = :now
  where id in (select session_id from chosen)
)
insert into auth.refresh_token (hash, session_id, parent, bound_to, created_at)
select successor, session_id, hash, bound_to, :now from chosen
returning hash
"""


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """A refresh token is to be used up, by whom, and what it is to be answered with."""

    hash: bytes
    client_id: str
    jkt: str | None
    """The key that the client proved to hold."""
    successor: bytes
    """Hash of the next token of the family."""
    bound_to: OrganizationId
    sealed_answer: bytes


class RefreshTokenRepository:
    """Rotation is decided by `rotate`, in one statement."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._session = uow.session

    async def list_with_sessions(
        self, digests: Sequence[bytes]
    ) -> dict[bytes, tuple[RefreshToken, Session]]:
        """The known ones of these tokens with their sessions, as they stand."""
        found = await self._session.execute(
            select(RefreshToken, Session)
            .join(Session, Session.id == RefreshToken.session_id)
            .where(RefreshToken.hash.in_(digests))
        )
        return {token.hash: (token, session) for token, session in found}

    async def rotate(self, rotations: Sequence[Rotation], now: datetime) -> set[bytes]:
        """Use tokens up and insert their successors; returns the successors that came to be.

        Of any number of concurrent rotations of one token exactly one comes to be. Only its client
        may rotate a token, with the key that it is bound to, if it is. Rows are locked in one
        order, so that concurrent calls wait for each other and never in a circle.
        """
        rotated = await self._session.execute(
            text(_ROTATE),
            {
                "now": now,
                "hashes": [each.hash for each in rotations],
                "clients": [each.client_id for each in rotations],
                "keys": [each.jkt for each in rotations],
                "successors": [each.successor for each in rotations],
                "organizations": [each.bound_to for each in rotations],
                "answers": [each.sealed_answer for each in rotations],
            },
        )
        return {bytes(successor) for successor in rotated.scalars()}

    async def add(self, token: RefreshToken) -> None:
        """Insert a new token of the family."""
        self._session.add(token)
        await self._session.flush()

    async def forget(self, now: datetime, grace: timedelta) -> None:
        """Drop answers past their grace window, and tokens used long ago."""
        await self._session.execute(
            update(RefreshToken)
            .where(RefreshToken.used_at < now - grace, RefreshToken.sealed_answer.is_not(None))
            .values(sealed_answer=None)
        )
        await self._session.execute(
            delete(RefreshToken).where(
                RefreshToken.used_at < now - REUSE_DETECTION, RefreshToken.sealed_answer.is_(None)
            )
        )
