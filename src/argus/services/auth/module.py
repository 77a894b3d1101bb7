"""The auth service, assembled."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from argus.kernel.module import Module, Platform
from argus.kernel.resources import Resources
from argus.services.auth.access_token import AccessTokenVerifier
from argus.services.auth.api_key_digests import ApiKeyDigests
from argus.services.auth.api_keys import consumers as api_key_consumers
from argus.services.auth.api_keys import endpoints as api_keys
from argus.services.auth.api_keys import rpc as api_keys_rpc
from argus.services.auth.attempts.service import Throttle
from argus.services.auth.browser_sessions.service import BrowserSessions
from argus.services.auth.clients import consumers as client_consumers
from argus.services.auth.clients import endpoints as clients_api
from argus.services.auth.clients.authenticator import ClientAuthenticator
from argus.services.auth.clients.registry import ClientRegistry
from argus.services.auth.factors.service import Factors
from argus.services.auth.maintenance import Maintenance
from argus.services.auth.oauth.dpop.nonces import DpopNonces
from argus.services.auth.oauth.dpop.service import DpopProofs
from argus.services.auth.oauth.token import endpoints as token_endpoint
from argus.services.auth.organization_security import endpoints as organization_security
from argus.services.auth.organization_security.service import OrganizationSecurity
from argus.services.auth.pages.cookies import SESSION, Cookies
from argus.services.auth.pages.forms import Forms
from argus.services.auth.pages.rendering import Pages
from argus.services.auth.pages.routers import ROUTERS as PAGES
from argus.services.auth.passkeys.service import RelyingParty
from argus.services.auth.password_hasher import PEPPER, PasswordHasher
from argus.services.auth.passwords import rpc as passwords_rpc
from argus.services.auth.presented_keys import PresentedKeys
from argus.services.auth.resources import consumers as resource_consumers
from argus.services.auth.resources import endpoints as resources
from argus.services.auth.resources.registry import ResourceRegistry
from argus.services.auth.service_accounts import consumers as service_account_consumers
from argus.services.auth.service_accounts import endpoints as service_accounts
from argus.services.auth.service_accounts.registry import ServiceAccountRegistry
from argus.services.auth.sessions import consumers as session_consumers
from argus.services.auth.sessions import endpoints as sessions
from argus.services.auth.settings import AuthSettings
from argus.services.auth.sign_in import endpoints as sign_in
from argus.services.auth.sign_in.service import SignInService
from argus.services.auth.sign_in_flows.service import SignInFlows
from argus.services.auth.signing_keys import endpoints as signing_keys
from argus.services.auth.signing_keys.service import SigningKeys
from argus.services.auth.tokens import endpoints as tokens
from argus.services.auth.tokens.minting import Mint
from argus.services.auth.tokens.service import TokenService
from argus.services.auth.validation import endpoints as validation
from argus.services.auth.validation import rpc as validation_rpc
from argus.services.auth.validation.service import Validator


def build(platform: Platform) -> Module:
    """Build the service on `platform`."""
    settings = AuthSettings()
    issuer = platform.settings.base_url
    database, keyring = platform.database, platform.keyring
    clock, rpc = platform.clock, platform.rpc
    hasher = PasswordHasher(
        keyring.derive_all(PEPPER),
        processes=settings.hasher_processes,
        waiting=settings.hasher_queue,
    )
    keys = SigningKeys(database, keyring, clock, settings)
    mint = Mint(clock, settings, issuer)
    token_service = TokenService(database, keyring, clock, rpc, keys, settings, mint)
    throttle = Throttle(database, keyring, clock)
    factors = Factors(clock, keyring, RelyingParty.of(issuer))
    flows = SignInFlows(database, clock, token_service, factors, throttle, settings)
    digests = ApiKeyDigests(keyring)
    presented = PresentedKeys(database, digests, hasher, settings)
    security = OrganizationSecurity(clock)
    nonces = DpopNonces(keyring, clock)
    proofs = DpopProofs(nonces, clock, settings, issuer)
    verifier = AccessTokenVerifier(keys, clock, issuer)
    cookies = Cookies(issuer)
    forms = Forms(keyring, cookies, issuer)
    clients = ClientRegistry(database)
    maintenance = Maintenance(database, clock, keys, presented, settings)

    @asynccontextmanager
    async def lifespan() -> AsyncGenerator[None]:
        async with asyncio.TaskGroup() as group:
            running = group.create_task(maintenance.run())
            try:
                yield
            finally:
                running.cancel()
                await hasher.close()
                await presented.write()

    return Module(
        name="auth",
        database=database,
        resources=Resources(
            database,
            settings,
            hasher,
            keys,
            mint,
            token_service,
            throttle,
            factors,
            flows,
            SignInService(database, clock, rpc, hasher, throttle, token_service, flows, settings),
            digests,
            cookies,
            forms,
            Pages(cookies, forms),
            BrowserSessions(database, clock, cookies.name(SESSION)),
            presented,
            security,
            clients,
            ClientAuthenticator(database, clock, clients),
            ResourceRegistry(database, issuer),
            ServiceAccountRegistry(database),
            nonces,
            proofs,
            Validator(verifier, presented, security, proofs, clock, settings, issuer),
            maintenance,
        ),
        routers=[
            sign_in.router,
            tokens.router,
            token_endpoint.router,
            sessions.router,
            validation.router,
            api_keys.router,
            signing_keys.router,
            *PAGES,
            organization_security.router,
            clients_api.router,
            resources.router,
            service_accounts.router,
        ],
        rpcs=[
            validation_rpc.validate_one,
            validation_rpc.validate_many,
            passwords_rpc.set_password,
            api_keys_rpc.create_key,
        ],
        consumers=[
            session_consumers.end_sessions_of_user,
            session_consumers.end_tokens_of_removed_member,
            session_consumers.end_tokens_with_old_roles,
            session_consumers.end_tokens_of_organization,
            api_key_consumers.revoke_keys_of_organization,
            client_consumers.delete_clients_of_organization,
            resource_consumers.delete_resources_of_organization,
            service_account_consumers.disable_service_accounts_of_organization,
        ],
        lifespan=lifespan,
    )
