"""From a presented API key to its row, and what is written about that afterwards, off the way.

A key is found by its HMAC, in one look-up. Only where that fails, for an imported key that is used
for the first time or after the loss of the master key, the slow hashes of the rows whose hint it
begins with are asked.
"""

import hmac
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID

from argus.contracts.auth.reasons import InactiveReason
from argus.kernel.coalescing import Coalescer
from argus.kernel.db.unit_of_work import Database
from argus.kernel.patience import alongside
from argus.kernel.principal import system
from argus.services.auth.api_key_digests import ApiKeyDigests
from argus.services.auth.api_key_format import is_well_formed, may_be_imported
from argus.services.auth.api_keys.models import PresentedKey
from argus.services.auth.api_keys.repository import ApiKeyRepository
from argus.services.auth.password_hasher import HashersBusy, PasswordHasher
from argus.services.auth.revocations.feed import RevocationFeed
from argus.services.auth.revocations.memory import Memory
from argus.services.auth.revocations.picture import key_of
from argus.services.auth.revocations.repository import IMPORTED_KEYS, touched
from argus.services.auth.settings import AuthSettings

UNKNOWN_FOR = timedelta(seconds=10)
"""For so long a key that nobody has is not looked up again, unless keys are imported: only those
can have been presented before.
"""
_IMPORTS = (key_of(touched(IMPORTED_KEYS)),)
_MOST_FAILURES = 5
"""Keys that are tried on one row between two writes: guessing would take all hashers' time."""
_MOST_REMEMBERED = 10_000
_MOST_WAITING = 1_000
_HASHED_AT_ONCE = 10


class PresentedKeys:
    """What is noted and not yet written when the process is killed is lost, and noted again at the
    next use.
    """

    def __init__(
        self,
        database: Database,
        digests: ApiKeyDigests,
        hasher: PasswordHasher,
        feed: RevocationFeed,
        settings: AuthSettings,
    ) -> None:
        self._database, self._digests = database, digests
        self._hasher, self._settings = hasher, settings
        self._prefixes, self._feed = settings.key_prefixes, feed
        self._unknown = Memory[bytes, bool](feed, database.clock, _MOST_REMEMBERED)
        self._uses: dict[UUID, datetime] = {}
        self._recognised: dict[UUID, bytes] = {}
        """By a slow hash, or under an earlier pepper: their HMAC under the current one."""
        self._unhashed: dict[UUID, str] = {}
        self._lookups = Coalescer(self._look_up)
        self._failures: Counter[UUID] = Counter()
        self._refused: dict[bytes, frozenset[UUID]] = {}
        """HMACs of keys, and the rows that they are not of."""

    @asynccontextmanager
    async def answering(self) -> AsyncGenerator[None]:
        """Keys are looked up within the block."""
        async with alongside(self._lookups.run()):
            yield

    def means_key(self, presented: str) -> bool:
        """Whether somebody means a key by this: it begins like one."""
        return presented.startswith(self._prefixes)

    async def identify(self, presented: str) -> PresentedKey | InactiveReason:
        """The key that was presented, of any organization, live or not; or why there is none.

        Keys that are presented at the same time are one look-up.

        Raises:
            HashersBusy: a slow hash would have to be asked, and too many wait already.
        """
        settings = self._settings
        if not is_well_formed(presented, settings.key_prefixes) and not may_be_imported(
            presented, settings.imported_key_prefixes
        ):
            return InactiveReason.MALFORMED
        digests, sequence = tuple(self._digests.of(presented)), self._feed.sequence
        if self._feed.is_current and self._unknown.recall(digests[0]):
            return InactiveReason.UNKNOWN
        key = await self._lookups.get(digests)
        if key is not None:
            return key
        candidates = await self._candidates(presented)
        if not candidates:
            self._unknown.remember(
                digests[0],
                True,
                sequence=sequence,
                rests_on=_IMPORTS,
                until=self._database.clock.now() + UNKNOWN_FOR,
            )
        key = await self._recognise(candidates, presented, digests[0])
        return key or InactiveReason.UNKNOWN

    def note_use(self, key_id: UUID, at: datetime) -> None:
        """The key was presented, and is live."""
        self._uses[key_id] = at

    def note_found(self, key: PresentedKey, presented: str) -> None:
        """What the row lacks of a live key that was presented can be written."""
        if key.pepper_id != self._digests.pepper_id:
            self._recognised[key.id] = self._digests.of(presented)[0]
        if key.slow_hash is None and len(self._unhashed) < _MOST_WAITING:
            self._unhashed[key.id] = presented

    async def write(self) -> None:
        """Write what was noted since the last time."""
        uses, self._uses = self._uses, {}
        recognised, self._recognised = self._recognised, {}
        self._failures.clear()
        await self._write(uses, recognised, {})

    async def hash_some(self) -> None:
        """Make slow hashes of keys that have none; the next time of those there is no time for."""
        hashed: dict[UUID, str] = {}
        try:
            while self._unhashed and len(hashed) < _HASHED_AT_ONCE:
                key_id = next(iter(self._unhashed))
                hashed[key_id] = await self._hasher.hash_key(self._unhashed[key_id])
                del self._unhashed[key_id]
        except HashersBusy:
            pass  # people sign in: that goes before
        await self._write({}, {}, hashed)

    async def _look_up(
        self, presented: Sequence[tuple[bytes, ...]]
    ) -> dict[tuple[bytes, ...], PresentedKey]:
        async with self._database.unit_of_work(system("auth")) as uow:
            found = await ApiKeyRepository(uow).find([one for each in presented for one in each])
        return {each: found[one] for each in presented for one in each if one in found}

    async def _candidates(self, presented: str) -> list[PresentedKey]:
        async with self._database.unit_of_work(system("auth")) as uow:
            return await ApiKeyRepository(uow).list_unrecognised(
                presented, self._digests.pepper_ids
            )

    async def _recognise(
        self, candidates: Sequence[PresentedKey], presented: str, digest: bytes
    ) -> PresentedKey | None:
        for candidate in candidates:
            if hmac.compare_digest(self._recognised.get(candidate.id, b""), digest):
                return candidate
        refused = self._refused.get(digest, frozenset())
        for candidate in candidates:
            exhausted = self._failures[candidate.id] >= _MOST_FAILURES
            if candidate.slow_hash is None or candidate.id in refused or exhausted:
                continue
            if await self._hasher.verify_key(presented, candidate.slow_hash):
                self._recognised[candidate.id] = digest
                return candidate
            self._failures[candidate.id] += 1
            refused |= {candidate.id}
        if refused:
            if len(self._refused) >= _MOST_REMEMBERED:
                self._refused.clear()
            self._refused[digest] = refused
        return None

    async def _write(
        self,
        uses: Mapping[UUID, datetime],
        recognised: Mapping[UUID, bytes],
        hashed: Mapping[UUID, str],
    ) -> None:
        if uses or recognised or hashed:
            async with self._database.unit_of_work(
                system("auth"), unscoped="keys of all organizations were used"
            ) as uow:
                keys = ApiKeyRepository(uow)
                await keys.record_uses(uses)
                await keys.record_lookups(recognised, self._digests.pepper_id)
                await keys.record_slow_hashes(hashed)
