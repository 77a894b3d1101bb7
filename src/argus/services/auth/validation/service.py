"""Who presents this credential? The answer to every call of every service."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from argus.contracts.auth.reasons import InactiveReason
from argus.contracts.permissions import Role, effective_permissions
from argus.kernel.authentication import PossessionProof
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import OrganizationId, format_id
from argus.kernel.principal import AuthenticationMethod, Principal, PrincipalKind
from argus.services.auth.accepted_issuers.service import (
    AcceptedIssuers,
    AcceptedToken,
    principal_of,
)
from argus.services.auth.access_token import (
    AccessTokenClaims,
    AccessTokenVerifier,
    kind_of,
    subject_id,
)
from argus.services.auth.api_key_format import looks_like_key
from argus.services.auth.api_keys.models import ApiKey
from argus.services.auth.api_keys.service import why_inactive
from argus.services.auth.external_identities.repository import ExternalIdentityRepository
from argus.services.auth.oauth.dpop.service import DpopProofs
from argus.services.auth.oauth.errors import InvalidDpopProof, UseDpopNonce
from argus.services.auth.organization_security.demands import Demands, Entry
from argus.services.auth.organization_security.service import OrganizationSecurity
from argus.services.auth.presented_keys import PresentedKeys
from argus.services.auth.revocations.repository import Revocations
from argus.services.auth.service_accounts.repository import ServiceAccountRepository
from argus.services.auth.settings import AuthSettings


@dataclass(frozen=True)
class Question:
    """Is this credential good for that audience? Without one, for this platform itself."""

    credential: str
    audience: str = ""
    proof: PossessionProof | None = None
    """Set when it came with the scheme DPoP."""


@dataclass(frozen=True)
class Validated:
    """A live credential's principal, and until when that answer holds at most."""

    principal: Principal
    expires_at: datetime | None


Answer = Validated | InactiveReason


class Validator:
    """Validates access tokens, of accepted issuers as well, and API keys. What is wrong is an
    answer, never an exception.

    Revocations are looked up each time, in one statement, so they take effect when they commit.
    """

    def __init__(
        self,
        verifier: AccessTokenVerifier,
        accepted: AcceptedIssuers,
        keys: PresentedKeys,
        security: OrganizationSecurity,
        proofs: DpopProofs,
        clock: Clock,
        settings: AuthSettings,
        audience: str,
    ) -> None:
        self._verifier, self._accepted = verifier, accepted
        self._keys, self._security, self._proofs = keys, security, proofs
        self._clock, self._settings, self._audience = clock, settings, audience

    async def validate(self, uow: UnitOfWork, questions: Sequence[Question]) -> list[Answer]:
        """The answers, in order. A caller of an organization learns nothing of another's
        credentials: to it they are unknown.
        """
        # Before the first statement of the unit: this may load signing keys, in a unit of its own.
        verified = [
            None if self._is_key(question) else await self._verify(question)
            for question in questions
        ]
        return [
            await self._check_key(uow, question)
            if claims is None
            else await self._check_token(uow, claims, question)
            for question, claims in zip(questions, verified, strict=True)
        ]

    def _is_key(self, question: Question) -> bool:
        return looks_like_key(question.credential, self._settings.key_prefixes)

    async def _verify(
        self, question: Question
    ) -> AccessTokenClaims | AcceptedToken | InactiveReason:
        if self._accepted.claims_to_be_of(question.credential):
            return await self._accepted.verify(question.credential)
        return await self._verifier.verify(question.credential, question.audience or self._audience)

    async def _check_token(
        self,
        uow: UnitOfWork,
        claims: AccessTokenClaims | AcceptedToken | InactiveReason,
        question: Question,
    ) -> Answer:
        if isinstance(claims, InactiveReason):
            return claims
        if isinstance(claims, AcceptedToken):
            return await self._check_accepted(uow, claims, question)
        if _is_foreign(uow, claims.org):
            return InactiveReason.UNKNOWN
        if await Revocations(uow).revoked_after(claims.epoch, claims.revocable, claims.org):
            return InactiveReason.REVOKED
        refused = _refused_address(uow, await self._security.of(uow, claims.org))
        if refused is not None:
            return refused
        refused = await self._check_proof(uow, claims, question)
        if refused is not None:
            return refused
        return Validated(_principal_of_token(claims), datetime.fromtimestamp(claims.exp, UTC))

    async def _check_accepted(
        self, uow: UnitOfWork, token: AcceptedToken, question: Question
    ) -> Answer:
        organization_id = token.settings.organization_id
        if _is_foreign(uow, organization_id):
            return InactiveReason.UNKNOWN
        if question.audience not in ("", self._audience):
            return InactiveReason.AUDIENCE
        if question.proof is not None:
            return InactiveReason.PROOF
        linked = await ExternalIdentityRepository(uow).find(token.settings.issuer, token.subject)
        if linked is not None and linked.disabled_at is not None:
            return InactiveReason.REVOKED
        demands = await self._security.of(uow, organization_id)
        if token.is_of_person and self._refuses(demands, token):
            return InactiveReason.DEMANDS
        refused = _refused_address(uow, demands)
        return refused or Validated(
            principal_of(token, linked.user_id if linked else None), token.expires_at
        )

    def _refuses(self, demands: Demands, token: AcceptedToken) -> bool:
        """Whether the organization would give no token to who signed in at that issuer."""
        entry = Entry(
            method=token.issuer_name,
            strength=token.strength,
            email="",
            address="",
            age=self._clock.now() - token.authenticated_at,
            idle=timedelta(0),
        )
        return replace(demands, address_ranges=None).refusal_of(entry) is not None

    async def _check_proof(
        self, uow: UnitOfWork, claims: AccessTokenClaims, question: Question
    ) -> InactiveReason | None:
        """RFC 9449 section 7.1: a token that is bound to a key comes with a proof of that key, and
        no other token comes with one.
        """
        bound_to, proof = claims.cnf.jkt if claims.cnf else None, question.proof
        if bound_to is None and proof is None:
            return None
        if bound_to is None or proof is None:
            return InactiveReason.PROOF
        try:
            proved = await self._proofs.check(
                uow,
                proof.jwt,
                method=proof.method,
                url=proof.url,
                access_token=question.credential,
            )
        except InvalidDpopProof:
            return InactiveReason.PROOF
        except UseDpopNonce:
            return InactiveReason.NONCE
        return None if hmac.compare_digest(proved, bound_to) else InactiveReason.PROOF

    async def _check_key(self, uow: UnitOfWork, question: Question) -> Answer:
        if question.proof is not None:
            return InactiveReason.PROOF
        key = await self._keys.identify(uow, question.credential)
        if isinstance(key, InactiveReason):
            return key
        if _is_foreign(uow, key.organization_id):
            return InactiveReason.UNKNOWN
        if question.audience not in ("", self._audience):
            return InactiveReason.AUDIENCE
        demands = await self._security.of(uow, key.organization_id)
        now = self._clock.now()
        reason = why_inactive(key, now, demands) or _refused_address(uow, demands)
        if reason is not None:
            return reason
        granted = frozenset[str]()
        if key.service_account_id is not None:
            account = await ServiceAccountRepository(uow).granted(key.service_account_id)
            if account is None:
                return InactiveReason.REVOKED
            granted = account
        self._keys.note_use(key, question.credential, now)
        end = demands.end_of_key(key.created_at, key.expires_at)
        return Validated(_principal_of_key(key, granted, end), end)


def _refused_address(uow: UnitOfWork, demands: Demands) -> InactiveReason | None:
    """Whether the one who presents the credential does so from where the organization allows.

    An edge asks as nobody yet, from the client's address. A service that asks about a credential
    that was sent to it does not say from where.
    """
    asking = uow.principal
    if asking.is_authenticated or not demands.refusal_of_address(asking.address):
        return None
    return InactiveReason.ADDRESS


def _is_foreign(uow: UnitOfWork, organization_id: OrganizationId) -> bool:
    return uow.principal.organization_id not in (None, organization_id)


def _principal_of_token(claims: AccessTokenClaims) -> Principal:
    scopes = None if claims.scope is None else frozenset(claims.scope.split())
    kind = kind_of(claims.sub)
    is_user = kind is PrincipalKind.USER
    if not is_user:
        method = AuthenticationMethod.SERVICE_ACCOUNT
    elif claims.impersonation is not None:
        method = AuthenticationMethod.IMPERSONATION
    else:
        method = AuthenticationMethod.SESSION if scopes is None else AuthenticationMethod.OAUTH2
    return Principal(
        kind=kind,
        id=claims.sub,
        organization_id=claims.org,
        roles=frozenset(claims.roles),
        scopes=scopes,
        permissions=effective_permissions(
            claims.roles, scopes, method, granted=() if is_user else scopes or ()
        ),
        method=method,
        session_id=claims.sid,
        authenticated_at=datetime.fromtimestamp(claims.auth_time, UTC)
        if claims.auth_time is not None
        else None,
        strength=claims.amr or (),
        actors=claims.act.chain if claims.act else (),
        client_id=claims.client_id,
        credential=format_id("ses", claims.sid) if claims.sid else str(claims.jti),
        user_id=subject_id(claims.sub) if is_user else None,
        expires_at=datetime.fromtimestamp(claims.exp, UTC),
    )


def _principal_of_key(key: ApiKey, granted: frozenset[str], end: datetime | None) -> Principal:
    """A personal access token speaks for its person, in the roles that the person has; a service
    account's key for that, which may what it is granted now; any other key for itself.
    """
    public_id, scopes = format_id("key", key.id), frozenset(key.scopes)
    method = AuthenticationMethod.API_KEY
    if key.user_id is not None:
        speaks_for, roles = format_id("usr", key.user_id), key.roles
    elif key.service_account_id is not None:
        speaks_for, roles = format_id("sa", key.service_account_id), [Role.SERVICE_ACCOUNT.value]
    else:
        speaks_for, roles, granted = public_id, [Role.API_USER.value], scopes
    return Principal(
        kind=PrincipalKind.SERVICE_ACCOUNT if key.user_id is None else PrincipalKind.USER,
        id=speaks_for,
        organization_id=key.organization_id,
        roles=frozenset(roles),
        scopes=scopes,
        permissions=effective_permissions(roles, scopes, method, granted),
        method=method,
        credential=public_id,
        user_id=key.user_id,
        expires_at=end,
    )
