"""What a credential is, found out from its signature and the database."""

from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from argus.contracts.auth.reasons import InactiveReason
from argus.contracts.permissions import Role, effective_permissions
from argus.kernel.db.unit_of_work import UNREACHABLE, Database, UnitOfWork
from argus.kernel.ids import OrganizationId, format_id
from argus.kernel.principal import AuthenticationMethod, Principal, PrincipalKind, system
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
from argus.services.auth.api_keys.models import PresentedKey
from argus.services.auth.api_keys.service import why_inactive
from argus.services.auth.external_identities.repository import ExternalIdentityRepository
from argus.services.auth.organization_security.demands import Demands, Entry
from argus.services.auth.organization_security.service import OrganizationSecurity
from argus.services.auth.presented_keys import PresentedKeys
from argus.services.auth.revocations.feed import RevocationFeed
from argus.services.auth.revocations.picture import keys_of
from argus.services.auth.revocations.repository import Revocations, identity_subject, touched
from argus.services.auth.service_accounts.repository import ServiceAccountRepository
from argus.services.auth.validation.findings import Finding, Validated

_ISSUERS_KEYS = timedelta(minutes=1)
"""For so long at most another issuer's token is not verified again: it may withdraw its keys."""


class Examiner:
    """Finds out what a credential is, whoever asks. Uses units of work of its own.

    Of all that a finding rests on, `Finding.keys` names what can change: whoever changes it
    revokes or touches that subject in the same transaction (`Revocations`).
    """

    def __init__(
        self,
        database: Database,
        feed: RevocationFeed,
        verifier: AccessTokenVerifier,
        accepted: AcceptedIssuers,
        keys: PresentedKeys,
        security: OrganizationSecurity,
        audience: str,
    ) -> None:
        self._database, self._feed, self._clock = database, feed, database.clock
        self._verifier, self._accepted = verifier, accepted
        self._keys, self._security, self._audience = keys, security, audience

    async def examine(self, credential: str, *, by_picture: bool) -> Finding | InactiveReason:
        """What is known of the credential, or why it is none at all.

        `by_picture`: go by the feed's picture of revocations, which spares the database; without,
        the database is asked for them.

        Raises:
            UNREACHABLE: the database is needed and does not answer.
            HashersBusy
        """
        if self._keys.means_key(credential):
            return await self._examine_key(credential)
        if self._accepted.claims_to_be_of(credential):
            return await self._examine_accepted(credential)
        return await self._examine_token(credential, by_picture=by_picture)

    async def _examine_token(
        self, credential: str, *, by_picture: bool
    ) -> Finding | InactiveReason:
        claims = await self._verifier.read(credential)
        if isinstance(claims, InactiveReason):
            return claims
        subjects, expires_at = claims.revocable, datetime.fromtimestamp(claims.exp, UTC)
        demands = await self._demands(claims.org, by_picture=by_picture)
        if by_picture:
            revoked = self._feed.revoked_after(claims.epoch, subjects, claims.org)
        else:
            async with self._unit() as uow:
                revoked = await Revocations(uow).revoked_after(claims.epoch, subjects, claims.org)
        return Finding(
            claims.org,
            claims.aud,
            InactiveReason.REVOKED
            if revoked
            else Validated(_principal_of_token(claims), expires_at),
            demands,
            keys_of(subjects, claims.org),
            expires_at,
            bound_to=claims.cnf.jkt if claims.cnf else None,
        )

    async def _examine_accepted(self, credential: str) -> Finding | InactiveReason:
        token = await self._accepted.verify(credential)
        if isinstance(token, InactiveReason):
            return token
        issuer, organization_id = token.settings.issuer, token.settings.organization_id
        subjects = [organization_id, touched(identity_subject(issuer, token.subject))]
        demands = await self._demands(organization_id)
        async with self._unit() as uow:
            linked = await ExternalIdentityRepository(uow).find(issuer, token.subject)
        if linked is not None:
            subjects.append(touched(linked.user_id))
        if linked is not None and linked.disabled_at is not None:
            answer = InactiveReason.REVOKED
        elif token.is_of_person and self._refuses(demands, token):
            answer = InactiveReason.DEMANDS
        else:
            principal = principal_of(token, linked.user_id if linked else None)
            answer = Validated(principal, token.expires_at)
        ends = demands.end_of_session(token.authenticated_at, token.expires_at)
        return Finding(
            organization_id,
            self._audience,
            answer,
            demands,
            keys_of(subjects, organization_id),
            min(ends, self._clock.now() + _ISSUERS_KEYS),
        )

    async def _examine_key(self, credential: str) -> Finding | InactiveReason:
        key = await self._keys.identify(credential)
        if isinstance(key, InactiveReason):
            return key
        organization_id, now = key.organization_id, self._clock.now()
        subjects = [organization_id, touched(key.id)]
        demands = await self._demands(organization_id)
        answer: InactiveReason | Validated | None = why_inactive(key, now, demands)
        ends = demands.end_of_key(key.created_at, key.expires_at)
        granted = frozenset[str]()
        if key.user_id is not None:
            subjects.append(touched(key.user_id))
        if key.service_account_id is not None:
            subjects.append(key.service_account_id)
            async with self._unit() as uow:
                account = await ServiceAccountRepository(uow).granted(key.service_account_id)
            granted = account or granted
            answer = answer or (InactiveReason.REVOKED if account is None else None)
        if answer is None:
            answer = Validated(_principal_of_key(key, granted, ends), ends)
            self._keys.note_found(key, credential)
        return Finding(
            organization_id,
            self._audience,
            answer,
            demands,
            keys_of(subjects, organization_id),
            ends,
            api_key=key.id,
        )

    async def _demands(
        self, organization_id: OrganizationId, *, by_picture: bool = False
    ) -> Demands:
        if by_picture or self._feed.is_current:
            demands = self._security.remembered(organization_id)
            if demands is not None:
                return demands
        try:
            async with self._unit() as uow:
                return await self._security.of(uow, organization_id)
        except UNREACHABLE:
            demands = self._security.remembered(organization_id, timedelta.max)
            if demands is None or not by_picture:
                raise
            return demands

    def _unit(self) -> AbstractAsyncContextManager[UnitOfWork]:
        return self._database.unit_of_work(system("auth"))

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


def _principal_of_key(
    key: PresentedKey, granted: frozenset[str], end: datetime | None
) -> Principal:
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
