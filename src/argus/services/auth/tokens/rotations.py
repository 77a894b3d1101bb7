"""Refreshes that come at the same time are one look-up and one rotation in the database."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager

from argus.kernel.coalescing import Coalescer
from argus.kernel.db.unit_of_work import Database
from argus.kernel.patience import alongside
from argus.kernel.principal import system
from argus.services.auth.sessions.models import Session
from argus.services.auth.tokens.models import RefreshToken
from argus.services.auth.tokens.repository import RefreshTokenRepository, Rotation


class Rotations:
    """Finds and rotates refresh tokens, each in a unit of work that concurrent callers share.

    Adds no delay: while one statement is under way, what comes meanwhile gathers for the next.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._found = Coalescer[bytes, tuple[RefreshToken, Session]](self._find)
        self._rotated = Coalescer[Rotation, bool](self._rotate)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Answer within the block."""
        async with alongside(self._found.run(), self._rotated.run()):
            yield

    async def find(self, digest: bytes) -> tuple[RefreshToken, Session] | None:
        """The token with its session, as they stand; not to be changed."""
        return await self._found.get(digest)

    async def rotate(self, rotation: Rotation) -> bool:
        """Use a token up and keep its successor; of all who try with one token, one gets True."""
        return bool(await self._rotated.get(rotation))

    async def _find(self, digests: Sequence[bytes]) -> Mapping[bytes, tuple[RefreshToken, Session]]:
        async with self._database.unit_of_work(system("auth")) as uow:
            return await RefreshTokenRepository(uow).list_with_sessions(digests)

    async def _rotate(self, rotations: Sequence[Rotation]) -> Mapping[Rotation, bool]:
        async with self._database.unit_of_work(system("auth")) as uow:
            successors = await RefreshTokenRepository(uow).rotate(
                rotations, self._database.clock.now()
            )
        return {rotation: rotation.successor in successors for rotation in rotations}
