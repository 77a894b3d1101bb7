"""SQL of the signing keys; their private part is sealed here and opened nowhere else."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from joserfc.jwk import ECKey, RSAKey
from sqlalchemy import text

from argus.kernel.crypto import Keyring
from argus.kernel.db.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class SigningKey:
    """A key pair, good for exactly one algorithm (RFC 8725 section 3.1)."""

    kid: str
    """RFC 7638 thumbprint."""
    generation: int
    algorithm: str
    pair: RSAKey | ECKey
    signs_from: datetime
    expires_at: datetime | None
    """None while no successor is known."""

    @property
    def public_jwk(self) -> dict[str, str]:
        """RFC 7517 form, with `use` and `alg`."""
        public = {name: str(value) for name, value in self.pair.as_dict(private=False).items()}
        return {**public, "kid": self.kid, "alg": self.algorithm, "use": "sig"}


class SigningKeyRepository:
    """Keys of the installation, the newest generation last."""

    def __init__(self, uow: UnitOfWork, keyring: Keyring) -> None:
        self._session, self._keyring = uow.session, keyring

    async def load(self, known: Collection[SigningKey]) -> list[SigningKey]:
        """All keys; the pairs of `known` ones are not opened again."""
        pairs = {key.kid: key.pair for key in known}
        rows = await self._session.execute(
            text(
                "select kid, generation, algorithm, sealed_key, signs_from, expires_at"
                " from auth.signing_key order by generation"
            )
        )
        return [
            SigningKey(
                row.kid,
                row.generation,
                row.algorithm,
                pairs.get(row.kid) or self._open(row.kid, row.algorithm, row.sealed_key),
                row.signs_from,
                row.expires_at,
            )
            for row in rows
        ]

    async def add(self, key: SigningKey) -> bool:
        """Insert, and say when its predecessor expires; False if its generation exists already."""
        sealed = self._keyring.seal(key.pair.as_der(private=True), _context(key.kid))
        added = await self._session.execute(
            text(
                "insert into auth.signing_key"
                " (kid, generation, algorithm, sealed_key, signs_from)"
                " values (:kid, :generation, :algorithm, :sealed, :signs_from)"
                " on conflict (generation) do nothing returning kid"
            ),
            {
                "kid": key.kid,
                "generation": key.generation,
                "algorithm": key.algorithm,
                "sealed": sealed,
                "signs_from": key.signs_from,
            },
        )
        return added.first() is not None

    async def set_expiry(self, generation: int, expires_at: datetime) -> None:
        """Say until when tokens of this key are accepted."""
        await self._session.execute(
            text("update auth.signing_key set expires_at = :at where generation = :generation"),
            {"at": expires_at, "generation": generation},
        )

    async def hasten(self, generation: int, signs_from: datetime) -> None:
        """Let this generation sign from then on, if it was to begin later."""
        await self._session.execute(
            text(
                "update auth.signing_key set signs_from = least(signs_from, :at)"
                " where generation = :generation"
            ),
            {"at": signs_from, "generation": generation},
        )

    async def delete(self, kid: str) -> bool:
        """Delete a key; False if there is none."""
        deleted = await self._session.execute(
            text("delete from auth.signing_key where kid = :kid returning kid"), {"kid": kid}
        )
        return deleted.first() is not None

    async def delete_expired(self, now: datetime) -> None:
        """Delete the keys whose last token has expired."""
        await self._session.execute(
            text("delete from auth.signing_key where expires_at <= :now"), {"now": now}
        )

    def _open(self, kid: str, algorithm: str, sealed: bytes) -> RSAKey | ECKey:
        der = self._keyring.open(sealed, _context(kid))
        return (RSAKey if algorithm.startswith("RS") else ECKey).import_key(der)


def _context(kid: str) -> str:
    return f"auth.signing_key.sealed_key:{kid}"
