"""The auth service, assembled."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from argus.kernel.module import Module, Platform
from argus.kernel.patience import alongside
from argus.kernel.resources import Resources
from argus.services.auth.accepted_issuers.service import AcceptedIssuers
from argus.services.auth.access_token import CLOCK_SKEW, AccessTokenVerifier
from argus.services.auth.account_linking.service import AccountLinking
from argus.services.auth.api_key_digests import ApiKeyDigests
from argus.services.auth.api_keys import consumers as api_key_consumers
from argus.services.auth.api_keys import endpoints as api_keys
from argus.services.auth.api_keys import rpc as api_keys_rpc
from argus.services.auth.attempts.service import Throttle
from argus.services.auth.breached_passwords import NoBreachedPasswords, RangeService
from argus.services.auth.browser_sessions.service import BrowserSessions
from argus.services.auth.client_registration import endpoints as client_registration
from argus.services.auth.clients import consumers as client_consumers
from argus.services.auth.clients import endpoints as clients_api
from argus.services.auth.clients.assertions import ClientAssertions
from argus.services.auth.clients.authenticator import ClientAuthenticator
from argus.services.auth.clients.documents import ClientDocuments
from argus.services.auth.clients.registry import ClientRegistry
from argus.services.auth.directories import endpoints as directories
from argus.services.auth.directories.service import DirectorySignIn
from argus.services.auth.email_proofs import jobs as email_proof_jobs
from argus.services.auth.email_proofs.service import EmailProofs
from argus.services.auth.email_sign_in import endpoints as email_sign_in
from argus.services.auth.email_sign_in.service import EmailSignIn
from argus.services.auth.email_verification import endpoints as email_verification
from argus.services.auth.email_verification.service import EmailVerification
from argus.services.auth.enrolment import endpoints as enrolment
from argus.services.auth.enrolment.service import SignInEnrolment
from argus.services.auth.external_identities import consumers as identity_consumers
from argus.services.auth.external_identities import endpoints as external_identities
from argus.services.auth.factors.service import Factors
from argus.services.auth.federation import endpoints as federation
from argus.services.auth.federation.service import Federation
from argus.services.auth.foreign_tokens.keys import RemoteKeys
from argus.services.auth.foreign_tokens.verification import ALGORITHMS as ASSERTION_ALGORITHMS
from argus.services.auth.impersonation import consumers as impersonation_consumers
from argus.services.auth.impersonation import endpoints as impersonation
from argus.services.auth.impersonation.service import Impersonations
from argus.services.auth.leaked_keys import endpoints as leaked_keys
from argus.services.auth.leaked_keys.service import LeakedKeys
from argus.services.auth.maintenance import Maintenance
from argus.services.auth.mfa import endpoints as mfa
from argus.services.auth.notices import consumers as notice_consumers
from argus.services.auth.notices import jobs as notice_jobs
from argus.services.auth.oauth.authorization import endpoints as authorization
from argus.services.auth.oauth.authorization.service import AuthorizationService
from argus.services.auth.oauth.codes.service import CodeService
from argus.services.auth.oauth.consents import endpoints as consents
from argus.services.auth.oauth.device import endpoints as devices
from argus.services.auth.oauth.device.service import DeviceService
from argus.services.auth.oauth.dpop.nonces import DpopNonces
from argus.services.auth.oauth.dpop.service import DpopProofs
from argus.services.auth.oauth.id_token import IdTokenHints
from argus.services.auth.oauth.identity_assertions.service import IdentityAssertions
from argus.services.auth.oauth.introspection import endpoints as introspection
from argus.services.auth.oauth.introspection.service import Introspector
from argus.services.auth.oauth.logout import consumers as logout_consumers
from argus.services.auth.oauth.logout import jobs as logout_jobs
from argus.services.auth.oauth.logout.service import LogoutService
from argus.services.auth.oauth.metadata import endpoints as metadata
from argus.services.auth.oauth.return_ticket import ReturnTickets
from argus.services.auth.oauth.revocation import endpoints as revocation
from argus.services.auth.oauth.token import endpoints as token_endpoint
from argus.services.auth.oauth.token.hot import HotTokens
from argus.services.auth.oauth.token.registry import GRANTS
from argus.services.auth.oauth.userinfo import endpoints as userinfo
from argus.services.auth.organization_security import endpoints as organization_security
from argus.services.auth.organization_security.service import OrganizationSecurity
from argus.services.auth.pages.routers import ROUTERS as PAGES
from argus.services.auth.passkeys import endpoints as passkeys
from argus.services.auth.passkeys.service import RelyingParty
from argus.services.auth.password_hasher import PEPPER, PasswordHasher
from argus.services.auth.password_reset import endpoints as password_reset
from argus.services.auth.password_reset.service import PasswordReset
from argus.services.auth.passwords import rpc as passwords_rpc
from argus.services.auth.passwords.service import NewPasswords
from argus.services.auth.personal_tokens import endpoints as personal_tokens
from argus.services.auth.presented_keys import PresentedKeys
from argus.services.auth.providers import endpoints as providers_api
from argus.services.auth.providers.registry import Providers
from argus.services.auth.resources import consumers as resource_consumers
from argus.services.auth.resources import endpoints as resources
from argus.services.auth.resources.registry import ResourceRegistry
from argus.services.auth.revocations import endpoints as revocations
from argus.services.auth.revocations import rpc as revocations_rpc
from argus.services.auth.revocations.feed import RevocationFeed
from argus.services.auth.service_accounts import consumers as service_account_consumers
from argus.services.auth.service_accounts import endpoints as service_accounts
from argus.services.auth.service_accounts.registry import ServiceAccountRegistry
from argus.services.auth.sessions import consumers as session_consumers
from argus.services.auth.sessions import endpoints as sessions
from argus.services.auth.settings import LONGEST_ACCESS_TOKEN_LIFE, AuthSettings
from argus.services.auth.sign_in import endpoints as sign_in
from argus.services.auth.sign_in.service import SignInService
from argus.services.auth.sign_in_flows.service import SignInFlows
from argus.services.auth.sign_up import endpoints as sign_up
from argus.services.auth.sign_up.service import SignUpService
from argus.services.auth.signing_keys import endpoints as signing_keys
from argus.services.auth.signing_keys.service import SigningKeys
from argus.services.auth.step_up import endpoints as step_up
from argus.services.auth.step_up.service import StepUpService
from argus.services.auth.stream_tickets import endpoints as stream_tickets
from argus.services.auth.stream_tickets import rpc as stream_tickets_rpc
from argus.services.auth.takeovers import consumers as takeover_consumers
from argus.services.auth.takeovers.service import Takeovers
from argus.services.auth.token_vault import rpc as token_vault_rpc
from argus.services.auth.token_vault.service import TokenVault
from argus.services.auth.tokens import endpoints as tokens
from argus.services.auth.tokens.issuances import Issuances
from argus.services.auth.tokens.minting import Mint
from argus.services.auth.tokens.service import TokenService
from argus.services.auth.validation import endpoints as validation
from argus.services.auth.validation import rpc as validation_rpc
from argus.services.auth.validation.authenticator import LocalAuthenticator
from argus.services.auth.validation.examination import Examiner
from argus.services.auth.validation.findings import Findings
from argus.services.auth.validation.hot import HotValidation
from argus.services.auth.validation.service import Validator
from argus.services.auth.web.cookies import IMPERSONATION, SESSION, Cookies
from argus.services.auth.web.forms import Forms
from argus.services.auth.web.rendering import Pages


def build(platform: Platform) -> Module:
    """Build the service on `platform`."""
    settings = AuthSettings()
    issuer = platform.settings.base_url
    database, keyring, clock, rpc = (
        platform.database,
        platform.keyring,
        platform.clock,
        platform.rpc,
    )
    hasher = PasswordHasher(
        keyring.derive_all(PEPPER),
        processes=settings.hasher_processes,
        waiting=settings.hasher_queue,
    )
    feed = RevocationFeed(
        database,
        clock,
        retention=LONGEST_ACCESS_TOKEN_LIFE + CLOCK_SKEW,
        staleness_bound=settings.staleness_bound,
        stopping=platform.stopping,
    )
    keys = SigningKeys(database, keyring, clock, settings)
    mint = Mint(clock, settings, issuer)
    security = OrganizationSecurity(clock, feed)
    token_service = TokenService(database, keyring, rpc, keys, settings, mint, security, feed)
    throttle = Throttle(database, keyring, clock)
    relying_party = RelyingParty.of(issuer)
    factors = Factors(clock, keyring, relying_party)
    new_passwords = NewPasswords(
        hasher,
        RangeService(platform.outbound, settings.breached_passwords_url)
        if settings.breached_passwords_url
        else NoBreachedPasswords(),
    )
    email_proofs = EmailProofs(database, keyring, clock, rpc, issuer)
    takeovers = Takeovers(database, clock, rpc)
    flows = SignInFlows(database, clock, token_service, factors, throttle, security, settings)
    foreign_keys = RemoteKeys(platform.outbound, clock)
    providers = Providers(settings.providers, platform.outbound, foreign_keys, clock)
    accepted = AcceptedIssuers(settings.accepted_issuers, foreign_keys, clock)
    identities = AccountLinking(database, clock, rpc, takeovers, settings)
    vault = TokenVault(database, keyring, clock, providers)
    digests = ApiKeyDigests(keyring)
    presented = PresentedKeys(database, digests, hasher, feed, settings)
    nonces = DpopNonces(keyring, clock)
    proofs = DpopProofs(nonces, clock, settings, issuer)
    verifier = AccessTokenVerifier(keys, clock, issuer)
    examiner = Examiner(database, feed, verifier, accepted, presented, security, issuer)
    findings = Findings(feed, clock, settings.remembered_credentials)
    validator = Validator(examiner, findings, feed, presented, proofs, clock, issuer)
    cookies = Cookies(issuer)
    forms = Forms(keyring, cookies, issuer)
    clients = ClientRegistry(database, ClientDocuments(database, platform.outbound, clock), feed)
    assertions = ClientAssertions(database, clock, RemoteKeys(platform.outbound, clock), issuer)
    known_resources = ResourceRegistry(database, issuer, feed)
    hints = IdTokenHints(keys, issuer)
    codes = CodeService(database, clock, rpc, token_service, settings, issuer)
    issuances = Issuances(database)
    maintenance = Maintenance(database, clock, keys, presented, issuances, settings)

    @asynccontextmanager
    async def lifespan() -> AsyncGenerator[None]:
        async with (
            feed.running(),
            keys.awake(platform.listener),
            presented.answering(),
            assertions.judging(),
            mint.signing(),
            token_service.refreshing(),
        ):
            try:
                async with alongside(maintenance.run()):
                    yield
            finally:
                await hasher.close()
                await maintenance.finish()

    shared = Resources(
        platform.settings,
        database,
        settings,
        hasher,
        feed,
        keys,
        mint,
        issuances,
        verifier,
        IdentityAssertions(settings.asserters, foreign_keys, clock, issuer),
        Introspector(verifier, known_resources, clock, issuer),
        token_service,
        throttle,
        factors,
        flows,
        new_passwords,
        email_proofs,
        takeovers,
        SignInEnrolment(database, rpc, factors, flows),
        SignInService(database, rpc, hasher, throttle, factors, token_service, flows),
        SignUpService(
            database,
            clock,
            rpc,
            throttle,
            new_passwords,
            email_proofs,
            flows,
            settings,
        ),
        relying_party,
        keyring,
        EmailVerification(database, rpc, throttle, email_proofs),
        StepUpService(database, clock, hasher, throttle, factors, token_service),
        EmailSignIn(database, rpc, throttle, email_proofs, takeovers, flows),
        PasswordReset(
            database, clock, rpc, hasher, new_passwords, throttle, email_proofs, takeovers
        ),
        digests,
        cookies,
        forms,
        Pages(cookies, forms),
        BrowserSessions(database, clock, [cookies.name(name) for name in (IMPERSONATION, SESSION)]),
        presented,
        LeakedKeys(presented, digests, security, clock, settings),
        Impersonations(database, clock, token_service, issuer),
        security,
        clients,
        ClientAuthenticator(clock, clients, assertions),
        known_resources,
        hints,
        codes,
        AuthorizationService(
            database, clock, rpc, clients, known_resources, codes, ReturnTickets(keyring), hints
        ),
        metadata.metadata(
            issuer,
            scopes=known_resources.platform.scopes,
            grant_types=GRANTS,
            assertion_algorithms=sorted(ASSERTION_ALGORITHMS),
            registration=settings.dynamic_registration,
        ),
        LogoutService(database, clock, clients, keys, platform.outbound, issuer),
        DeviceService(database, clock, keyring, rpc, clients, known_resources, throttle, issuer),
        ServiceAccountRegistry(database),
        nonces,
        proofs,
        providers,
        vault,
        Federation(database, keyring, clock, providers, identities, vault, flows, issuer),
        DirectorySignIn(database, throttle, providers, identities, flows),
        validator,
        maintenance,
    )
    return Module(
        name="auth",
        database=database,
        resources=shared,
        routers=[
            sign_in.router,
            sign_up.router,
            email_sign_in.router,
            email_verification.router,
            password_reset.router,
            mfa.router,
            passkeys.router,
            enrolment.router,
            enrolment.sign_in,
            step_up.router,
            tokens.router,
            token_endpoint.router,
            introspection.router,
            revocation.router,
            authorization.router,
            consents.router,
            userinfo.router,
            metadata.router(issuer),
            devices.oauth,
            devices.router,
            sessions.router,
            validation.router,
            revocations.router,
            leaked_keys.router,
            api_keys.router,
            signing_keys.router,
            impersonation.router,
            *PAGES,
            federation.pages,
            federation.router,
            providers_api.router,
            directories.router,
            external_identities.router,
            organization_security.router,
            personal_tokens.router,
            clients_api.router,
            client_registration.router,
            resources.router,
            service_accounts.router,
            stream_tickets.router,
        ],
        rpcs=[
            validation_rpc.validate_one,
            validation_rpc.validate_many,
            validation_rpc.check_permission,
            passwords_rpc.set_password,
            api_keys_rpc.create_key,
            token_vault_rpc.lend_upstream_token,
            stream_tickets_rpc.redeem_stream_ticket,
        ],
        streams=[revocations_rpc.watch_revocations],
        consumers=[
            logout_consumers.tell_client_of_logout,
            session_consumers.end_sessions_of_user,
            session_consumers.forget_standing_of_user,
            session_consumers.end_tokens_of_removed_member,
            session_consumers.end_tokens_with_old_roles,
            session_consumers.end_tokens_of_organization,
            session_consumers.end_sessions_of_client,
            session_consumers.end_sessions_of_narrowed_client,
            api_key_consumers.revoke_keys_of_organization,
            api_key_consumers.revoke_tokens_of_removed_member,
            api_key_consumers.change_roles_of_tokens,
            api_key_consumers.revoke_tokens_of_user,
            client_consumers.delete_clients_of_organization,
            client_consumers.end_tokens_of_changed_client,
            resource_consumers.delete_resources_of_organization,
            service_account_consumers.disable_service_accounts_of_organization,
            takeover_consumers.end_credentials_of_intruder,
            identity_consumers.disable_identities_of_user,
            identity_consumers.unlink_identities_of_intruder,
            impersonation_consumers.withdraw_impersonation_grant,
            notice_consumers.notify_of_password,
            notice_consumers.notify_of_totp,
            notice_consumers.notify_of_passkey,
            notice_consumers.notify_of_removed_passkey,
            notice_consumers.notify_of_recovery_code,
            notice_consumers.notify_of_linked_account,
            notice_consumers.notify_of_unlinked_account,
            notice_consumers.notify_of_new_device,
            notice_consumers.notify_of_leaked_key,
        ],
        jobs=[
            email_proof_jobs.send_mail,
            logout_jobs.tell_client,
            notice_jobs.send,
            notice_jobs.tell_of_leak,
        ],
        hot=[*HotValidation(database, validator).operations, HotTokens(shared, clock).operation],
        authenticator=LocalAuthenticator(database, validator, nonces),
        lifespan=lifespan,
    )
