"""What the auth service does by itself, now and then."""

import asyncio
from datetime import timedelta
from itertools import count

import structlog
from sqlalchemy.exc import SQLAlchemyError

from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import Database
from argus.kernel.errors import ArgusError
from argus.kernel.patience import within
from argus.kernel.principal import system
from argus.services.auth.access_token import CLOCK_SKEW
from argus.services.auth.attempts.repository import AttemptRepository
from argus.services.auth.clients.repository import OpenClientRepository
from argus.services.auth.email_proofs.repository import EmailProofRepository
from argus.services.auth.federation.repository import ProviderVisitRepository
from argus.services.auth.oauth.authorization.repository import PushedRequestRepository
from argus.services.auth.oauth.codes.repository import CodeRepository
from argus.services.auth.oauth.device.repository import DeviceRepository
from argus.services.auth.oauth.device.service import KEPT as DEVICES_KEPT
from argus.services.auth.passkeys.repository import PasskeyRepository
from argus.services.auth.presented_keys import PresentedKeys
from argus.services.auth.revocations.repository import Revocations
from argus.services.auth.sessions.repository import SessionRepository
from argus.services.auth.settings import LONGEST_ACCESS_TOKEN_LIFE, AuthSettings
from argus.services.auth.sign_in_flows.repository import SignInFlowRepository
from argus.services.auth.signing_keys.service import SigningKeys
from argus.services.auth.tokens.issuances import Issuances
from argus.services.auth.tokens.repository import RefreshTokenRepository
from argus.services.auth.used_proofs.repository import UsedProofs

INTERVAL_S = 20.0
FORGETTING_EVERY = 15
"""Rounds: what has expired is of no use any more, and dear to look for."""
SESSIONS_KEPT = timedelta(days=30)
"""After their expiry, so that who was signed in can still be looked up."""
OPEN_CLIENTS_KEPT = timedelta(days=30)
"""Since anybody had a use for them."""
LAST_WRITE_S = 5.0
"""For so long a process that stops waits for the database."""

_log = structlog.get_logger(__name__)


class Maintenance:
    """Rotates signing keys, writes last uses and sums, and drops what has expired.

    Every process does it; each step is harmless when another does it at the same time.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        keys: SigningKeys,
        presented: PresentedKeys,
        issuances: Issuances,
        settings: AuthSettings,
    ) -> None:
        self._database, self._clock = database, clock
        self._keys, self._presented, self._settings = keys, presented, settings
        self._issuances = issuances

    async def run(self) -> None:
        """Do it until cancelled."""
        for number in count():
            await asyncio.sleep(INTERVAL_S)
            try:
                await self.run_once(forgets=number % FORGETTING_EVERY == 0)
            except (SQLAlchemyError, ArgusError) as error:
                _log.warning("auth.maintenance.postponed", error=str(error))

    async def run_once(self, *, forgets: bool = True) -> None:
        """Do what is due by the clock."""
        await self._keys.maintain()
        await self._write()
        await self._presented.hash_some()
        if forgets:
            await self._forget()

    async def finish(self) -> None:
        """Write what was noted since the last time, at the end of the process: it is lost if the
        database does not answer, and the log says so.
        """
        try:
            await within(LAST_WRITE_S, self._write())
        except (SQLAlchemyError, TimeoutError) as error:
            _log.warning("auth.maintenance.lost", error=repr(error))

    async def _write(self) -> None:
        await self._presented.write()
        await self._issuances.write()

    async def _forget(self) -> None:
        now, settings = self._clock.now(), self._settings
        async with self._database.unit_of_work(system("auth")) as uow:
            await RefreshTokenRepository(uow).forget(now, settings.refresh_grace)
            await SessionRepository(uow).delete_expired(now - SESSIONS_KEPT)
            await Revocations(uow).forget(now, LONGEST_ACCESS_TOKEN_LIFE + CLOCK_SKEW)
            await UsedProofs(uow).forget(now)
            await CodeRepository(uow).forget(now)
            await PushedRequestRepository(uow).forget(now)
            await AttemptRepository(uow).forget(now)
            await OpenClientRepository(uow).forget(now - OPEN_CLIENTS_KEPT)
            await SignInFlowRepository(uow).delete_expired(now)
            await EmailProofRepository(uow).delete_expired(now)
            await PasskeyRepository(uow).delete_expired_challenges(now)
            await ProviderVisitRepository(uow).delete_expired(now)
            await DeviceRepository(uow).forget(now - DEVICES_KEPT)
