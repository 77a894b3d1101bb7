"""Signing in, and linking an account, by the user name and password of a directory."""

import asyncio
import math

from argus.kernel.db.unit_of_work import Database
from argus.kernel.ids import OrganizationId, UserId
from argus.kernel.principal import Principal
from argus.services.auth.account_linking.service import AccountLinking
from argus.services.auth.attempts.service import Throttle
from argus.services.auth.directories.client import DirectoryClient
from argus.services.auth.external_identities.models import ExternalIdentity
from argus.services.auth.providers.identity import UpstreamIdentity
from argus.services.auth.providers.registry import Providers
from argus.services.auth.sign_in.service import REFUSAL_STEP_S
from argus.services.auth.sign_in_flows.errors import CredentialsInvalid
from argus.services.auth.sign_in_flows.service import (
    FirstFactor,
    SignInFlows,
    SignInOutcome,
    Visitor,
)


class DirectorySignIn:
    """Uses units of work of its own, since it asks directories and siblings in between."""

    def __init__(
        self,
        database: Database,
        throttle: Throttle,
        providers: Providers,
        identities: AccountLinking,
        flows: SignInFlows,
    ) -> None:
        self._database, self._throttle = database, throttle
        self._providers, self._identities, self._flows = providers, identities, flows

    async def sign_in(
        self,
        directory: str,
        username: str,
        password: str,
        organization_id: OrganizationId | None,
        visitor: Visitor,
        *,
        return_to: str = "",
    ) -> SignInOutcome:
        """A new session and its tokens, or the second factor that is asked.

        Raises:
            CredentialsInvalid: unknown, or a wrong password; body, status and time are the same.
            ProviderNotFound, ProviderFailed, TooManyAttempts
            LinkNeeded, SignUpClosed: the person is known there, and has no account here.
            OrganizationNotFound: the person is no member of it.
        """
        settings = self._providers.directory(directory)
        identity = await self._identify(directory, username, password, visitor.principal)
        linked = await self._identities.enter(directory, settings, identity, visitor.principal)
        return await self._flows.first_factor_passed(
            UserId(linked.user_id),
            FirstFactor(("pwd",), directory, linked.id),
            visitor,
            organization_id=organization_id,
            return_to=return_to,
        )

    async def link(
        self, directory: str, username: str, password: str, user_id: UserId, principal: Principal
    ) -> ExternalIdentity:
        """Let the user sign in by this directory from now on.

        Raises:
            CredentialsInvalid: unknown there, or a wrong password.
            ProviderNotFound, ProviderFailed, TooManyAttempts
            IdentityTaken: another user has it.
        """
        identity = await self._identify(directory, username, password, principal)
        return await self._identities.link(directory, identity, user_id, principal)

    async def _identify(
        self, directory: str, username: str, password: str, principal: Principal
    ) -> UpstreamIdentity:
        """Whom the directory knows by this password. A refusal counts and takes its time."""
        started = asyncio.get_running_loop().time()
        client = DirectoryClient(directory, self._providers.directory(directory))
        account = self._throttle.account(f"{directory}:{username}")
        await self._throttle.count(principal, account)
        identity = await client.identify(username, password)
        if identity is None:
            elapsed_s = asyncio.get_running_loop().time() - started
            await asyncio.sleep(math.ceil(elapsed_s / REFUSAL_STEP_S) * REFUSAL_STEP_S - elapsed_s)
            raise CredentialsInvalid
        async with self._database.unit_of_work(principal) as uow:
            await self._throttle.succeeded(uow, account)
        return identity
