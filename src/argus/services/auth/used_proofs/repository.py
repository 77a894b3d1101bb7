"""Proofs that are good for one use: what was presented once is refused until it has expired."""

import hashlib
from datetime import datetime

from sqlalchemy import text

from argus.kernel.db.unit_of_work import UnitOfWork


class UsedProofs:
    """A proof is what its purpose, its maker and its `jti` make unique; only a digest is kept."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._session = uow.session

    async def use(self, purpose: str, maker: str, jti: str, until: datetime) -> bool:
        """Use a proof that expires at `until`; of any number of callers exactly one gets True."""
        used = await self._session.execute(
            text(
                "insert into auth.used_proof (digest, expires_at) values (:digest, :until)"
                " on conflict do nothing returning digest"
            ),
            {"digest": _digest(purpose, maker, jti), "until": until},
        )
        return used.one_or_none() is not None

    async def forget(self, now: datetime) -> None:
        """Drop what has expired: its proof is refused for its age."""
        await self._session.execute(
            text("delete from auth.used_proof where expires_at < :now"), {"now": now}
        )


def _digest(*parts: str) -> bytes:
    """Parts are told apart by their lengths."""
    joined = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(joined.encode()).digest()
