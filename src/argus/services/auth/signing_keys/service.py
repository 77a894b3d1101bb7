"""Life cycle of the keys that sign access tokens, and each process's view of them.

A key is published `ahead` of the moment it signs from, so that verifiers that cache the key set
know it by then, and is kept until the last token that it signed has expired.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from joserfc.jwk import ECKey, RSAKey

from argus.contracts.auth.events import SigningKeyRotated, SigningKeyWithdrawn
from argus.kernel.clock import Clock
from argus.kernel.crypto import Keyring
from argus.kernel.db.listen import Listener, Wakeup
from argus.kernel.db.unit_of_work import UNREACHABLE, Database
from argus.kernel.patience import alongside, within
from argus.kernel.principal import system
from argus.services.auth.revocations.repository import Revocations, signing_key_subject
from argus.services.auth.settings import LONGEST_ACCESS_TOKEN_LIFE, AuthSettings
from argus.services.auth.signing_keys.errors import SigningKeyNotFound
from argus.services.auth.signing_keys.repository import SigningKey, SigningKeyRepository

CHANNEL = "argus_auth_signing_key"
"""Wakes all processes when a key was withdrawn."""
CACHE_LIFE = timedelta(minutes=1)
"""After this a process looks again which keys there are, also when nothing wakes it."""
UNKNOWN_KEY_COOLDOWN = timedelta(seconds=10)
"""A token with an unknown `kid` makes a process look again, at most this often."""
_PATIENCE_S = 0.3
_CLOCK_SKEW = timedelta(minutes=1)


class SigningKeys:
    """The installation's signing keys. Makes the first one when it is needed.

    Not to be awaited inside a begun unit of work: it uses a connection of its own.
    """

    def __init__(
        self, database: Database, keyring: Keyring, clock: Clock, settings: AuthSettings
    ) -> None:
        self._database, self._keyring, self._clock = database, keyring, clock
        self._settings = settings
        self.make_pair: Callable[[str], RSAKey | ECKey] = generate_pair
        """Makes the key pair for an algorithm, in a thread; every call another one."""
        self._keys: list[SigningKey] = []
        self._loaded_at: datetime | None = None
        self._loading = asyncio.Lock()

    async def signer(self) -> SigningKey:
        """The key that signs now: the newest whose time has come."""
        now = self._clock.now()
        await self._refresh(CACHE_LIFE)
        if not self._keys:
            await self._add_successor(signs_from=now)
        # The first key's time may come a moment later on this machine's clock.
        return next((key for key in reversed(self._keys) if key.signs_from <= now), self._keys[0])

    async def find(self, kid: str) -> SigningKey | None:
        """The key with this id, while its tokens are accepted.

        A key that is known is found without the database, too, unless this process heard that one
        was withdrawn.
        """
        if self._loaded_at is None or self._published(kid) is None:
            # The very first key is not published ahead.
            await self._refresh(UNKNOWN_KEY_COOLDOWN if self._keys else timedelta(0))
        elif self._is_older_than(CACHE_LIFE):
            try:
                await within(_PATIENCE_S, self._refresh(CACHE_LIFE))
            except UNREACHABLE:
                self._loaded_at = self._clock.now() - CACHE_LIFE + UNKNOWN_KEY_COOLDOWN
        return self._published(kid)

    async def published(self) -> list[SigningKey]:
        """What the key set shows: all keys whose tokens are, or will be, accepted."""
        await self.signer()
        now = self._clock.now()
        return [key for key in self._keys if key.expires_at is None or key.expires_at > now]

    async def rotate(self) -> SigningKey:
        """Publish a new key now; it signs once it has been published for long enough."""
        newest = (await self.published())[-1]
        earliest = self._clock.now() + self._settings.signing_key_ahead
        return await self._add_successor(signs_from=max(earliest, newest.signs_from))

    async def maintain(self) -> None:
        """Rotate if it is time to, and delete expired keys. To be called now and then."""
        newest = (await self.published())[-1]
        now = self._clock.now()
        due = newest.signs_from + self._settings.signing_key_life
        if due - self._settings.signing_key_ahead <= now:
            await self._add_successor(signs_from=max(due, now + self._settings.signing_key_ahead))
        async with self._database.unit_of_work(system("auth")) as uow:
            await SigningKeyRepository(uow, self._keyring).delete_expired(now)

    async def withdraw(self, kid: str) -> None:
        """End a key that is no secret any more, now: all its tokens are refused, and another key
        signs. Processes that are awake know at once, the others within `CACHE_LIFE`.

        Raises:
            SigningKeyNotFound
        """
        await self._refresh(timedelta(0))
        now, withdrawn = self._clock.now(), self._published(kid)
        if withdrawn is None:
            raise SigningKeyNotFound
        successor = withdrawn.generation + 1
        algorithm = self._settings.signing_algorithm
        pair = await asyncio.to_thread(self.make_pair, algorithm)
        async with self._loading:
            async with self._database.unit_of_work(system("auth")) as uow:
                keys = SigningKeyRepository(uow, self._keyring)
                if not await keys.delete(kid):
                    raise SigningKeyNotFound
                # Not published ahead: a verifier that caches the key set meets an unknown kid, and
                # looks again. Where there is a successor already, it only begins sooner.
                if withdrawn.expires_at is None:
                    made = SigningKey(pair.thumbprint(), successor, algorithm, pair, now, None)
                    await keys.add(made)
                await keys.hasten(successor, now)
                await Revocations(uow).end([signing_key_subject(kid)], now)
                await uow.emit(SigningKeyWithdrawn(kid=kid))
                await uow.notify(CHANNEL)
            await self._load()

    @asynccontextmanager
    async def awake(self, listener: Listener) -> AsyncGenerator[None]:
        """Look again within the block as soon as another process has withdrawn a key."""
        async with listener.subscribe(CHANNEL, "") as wakeup, alongside(self._follow(wakeup)):
            yield

    async def _follow(self, wakeup: Wakeup) -> None:
        while True:
            if await wakeup.wait(CACHE_LIFE.total_seconds()):
                self._loaded_at = None  # the next one who asks looks again

    def _published(self, kid: str) -> SigningKey | None:
        now = self._clock.now()
        return next(
            (
                key
                for key in self._keys
                if key.kid == kid and (key.expires_at is None or key.expires_at > now)
            ),
            None,
        )

    async def _refresh(self, older_than: timedelta) -> None:
        async with self._loading:
            if self._is_older_than(older_than):
                await self._load()

    def _is_older_than(self, age: timedelta) -> bool:
        return self._loaded_at is None or self._clock.now() - self._loaded_at >= age

    async def _load(self, *made: SigningKey) -> None:
        """Read the keys anew; those `made` here are not opened again, which takes as long."""
        async with self._database.unit_of_work(system("auth")) as uow:
            known = [*self._keys, *made]
            self._keys = await SigningKeyRepository(uow, self._keyring).load(known)
        self._loaded_at = self._clock.now()

    async def _add_successor(self, signs_from: datetime) -> SigningKey:
        """Add the next generation, unless another process was first; then that one is the next."""
        newest = self._keys[-1] if self._keys else None
        generation = newest.generation + 1 if newest else 1
        algorithm = self._settings.signing_algorithm
        # Making an RSA key takes tens of milliseconds, and releases the GIL.
        pair = await asyncio.to_thread(self.make_pair, algorithm)
        key = SigningKey(pair.thumbprint(), generation, algorithm, pair, signs_from, None)
        async with self._loading:
            async with self._database.unit_of_work(system("auth")) as uow:
                keys = SigningKeyRepository(uow, self._keyring)
                if await keys.add(key):
                    if newest:
                        last_token = signs_from + LONGEST_ACCESS_TOKEN_LIFE
                        await keys.set_expiry(newest.generation, last_token + _CLOCK_SKEW)
                    await uow.emit(SigningKeyRotated(kid=key.kid, signs_from=signs_from))
            await self._load(key)
        return next(key for key in self._keys if key.generation == generation)


def generate_pair(algorithm: str) -> RSAKey | ECKey:
    """A new key pair for `RS256` or `ES256`."""
    return RSAKey.generate_key(2048) if algorithm == "RS256" else ECKey.generate_key("P-256")
