"""Proofs that are good for one use: what was presented once is refused until it has expired."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from sqlalchemy import text

from argus.kernel.db.unit_of_work import UnitOfWork
from argus.services.auth.sha256 import sha256_of


@dataclass(frozen=True, eq=False)
class UsedProof:
    """A proof that somebody presents: what its purpose, its maker and its `jti` make unique. Two
    who present the same one are two.
    """

    digest: bytes
    until: datetime
    """It has expired then."""

    @classmethod
    def of(cls, purpose: str, maker: str, jti: str, until: datetime) -> Self:
        """Parts are told apart by their lengths."""
        parts = (purpose, maker, jti)
        return cls(sha256_of("".join(f"{len(part)}:{part}" for part in parts)), until)


class UsedProofs:
    """Only digests are kept."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._session = uow.session

    async def use(self, purpose: str, maker: str, jti: str, until: datetime) -> bool:
        """Use a proof that expires at `until`; of any number of callers exactly one gets True."""
        return bool(await self.use_all([UsedProof.of(purpose, maker, jti, until)]))

    async def use_all(self, proofs: Sequence[UsedProof]) -> list[UsedProof]:
        """Use proofs; returns those that nobody has used before, of equal ones the first.

        They are written in one order, so that concurrent calls never wait in a circle.
        """
        used = await self._session.scalars(
            text(
                "insert into auth.used_proof (digest, expires_at)"
                " select digest, until from unnest("
                "cast(:digests as bytea[]), cast(:ends as timestamptz[])) as each (digest, until)"
                " order by digest on conflict do nothing returning digest"
            ),
            {
                "digests": [proof.digest for proof in proofs],
                "ends": [proof.until for proof in proofs],
            },
        )
        new = {bytes(digest) for digest in used}
        first = {proof.digest: proof for proof in reversed(proofs)}
        return [proof for digest, proof in first.items() if digest in new]

    async def forget(self, now: datetime) -> None:
        """Drop what has expired: its proof is refused for its age."""
        await self._session.execute(
            text("delete from auth.used_proof where expires_at < :now"), {"now": now}
        )
