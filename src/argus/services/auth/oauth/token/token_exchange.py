"""Token exchange (RFC 8693), for delegation only: a client's service account acts for a person, and
the token says so. There is no token by which it would seem to be the person.

What is asked for decides; identity assertions for other servers are another matter
(`identity_assertion`).
"""

from argus.contracts.auth.events import AccessTokenIssued
from argus.contracts.auth.reasons import InactiveReason
from argus.kernel.db.unit_of_work import UnitOfWork
from argus.kernel.ids import format_id
from argus.kernel.principal import PrincipalKind
from argus.services.auth.access_token import (
    AccessTokenClaims,
    AccessTokenVerifier,
    Actor,
    kind_of,
    subject_id,
)
from argus.services.auth.clients.metadata import TOKEN_EXCHANGE
from argus.services.auth.oauth.consents.repository import ConsentRepository
from argus.services.auth.oauth.errors import InvalidScope, InvalidSubjectToken, UnauthorizedClient
from argus.services.auth.oauth.token.grants import GrantRequest, TokenResponse, answer_of, grant
from argus.services.auth.oauth.token.identity_assertion import ID_JAG_TYPE, vouch
from argus.services.auth.oauth.token.scopes import ceiling_of, scopes_of_delegation
from argus.services.auth.resources.errors import InvalidTarget
from argus.services.auth.resources.registry import ResourceRegistry
from argus.services.auth.resources.resource import Resource
from argus.services.auth.revocations.repository import Revocations, client_subject
from argus.services.auth.service_accounts.registry import ServiceAccount, ServiceAccountRegistry
from argus.services.auth.signing_keys.service import SigningKeys
from argus.services.auth.tokens.minting import Bounds, Mint

ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - a token type
MAX_ACTORS = 4


@grant(TOKEN_EXCHANGE)
async def exchange_token(request: GrantRequest) -> TokenResponse:
    """A token for the subject in which the authenticated client's service account is the actor.

    The actor is never taken from what an actor token says: that only has to fit. Scopes are what
    the person lets this client do at the resource, within what the account may do itself; they end
    with the subject token, its session, the account, and any change of either's permissions.
    """
    if request.form.get("requested_token_type") == ID_JAG_TYPE:
        return await vouch(request)
    client, call, resources = request.client, request.call, request.call.resources
    key = await resources.get(SigningKeys).signer()
    subject = await _subject_of(request)
    account = await _account_of(request)
    asked = request.form.words("scope")
    target = await resources.get(ResourceRegistry).target(client, _target_of(request), asked or ())
    await _check_actor_token(request, account)
    granted = await _granted(call.uow, subject, request, target)
    await _check_live(call.uow, subject, account, client.id)
    scopes = scopes_of_delegation(granted, ceiling_of(account, client, target), asked)
    actor = Actor(sub=format_id("sa", account.id), act=subject.act)
    bounds = Bounds(
        client_id=client.id,
        scopes=scopes,
        audience=target.identifier,
        jkt=request.jkt,
        actor=actor,
    )
    minted = await resources.get(Mint).delegate(key, subject, bounds)
    await call.uow.emit(
        AccessTokenIssued(
            subject=subject.sub,
            client_id=client.id,
            grant=TOKEN_EXCHANGE,
            scopes=[*scopes],
            audience=target.identifier,
            actors=[*actor.chain],
        ),
        subject.org,
    )
    answer = answer_of(minted, scopes, request.jkt, call.clock.now())
    return answer.model_copy(update={"issued_token_type": ACCESS_TOKEN_TYPE})


async def _subject_of(request: GrantRequest) -> AccessTokenClaims:
    """The token of the person for whom the client is to act.

    A token that is bound to a key becomes one that is bound to the client's key, never an unbound
    one.
    """
    form = request.form
    presented, of_type = form.require("subject_token"), form.require("subject_token_type")
    if {of_type, form.get("requested_token_type") or ACCESS_TOKEN_TYPE} != {ACCESS_TOKEN_TYPE}:
        raise InvalidSubjectToken("access tokens are exchanged for access tokens")
    subject = await request.call.resources.get(AccessTokenVerifier).read(presented)
    if isinstance(subject, InactiveReason):
        raise InvalidSubjectToken("the subject token is not valid")
    if kind_of(subject.sub) is not PrincipalKind.USER:
        raise InvalidSubjectToken("the subject is not a person")
    if subject.impersonation is not None:
        raise InvalidSubjectToken("nobody lets others act in somebody else's place")
    if subject.cnf is not None and request.jkt is None:
        raise InvalidSubjectToken("the subject token is bound to a key: send a proof of yours")
    if subject.act is not None and len(subject.act.chain) >= MAX_ACTORS:
        raise InvalidSubjectToken(f"at most {MAX_ACTORS} act for a person")
    return subject


async def _account_of(request: GrantRequest) -> ServiceAccount:
    client = request.client
    if client.metadata.is_public or client.service_account_id is None:
        raise UnauthorizedClient("only a client with a credential and a service account may act")
    registry = request.call.resources.get(ServiceAccountRegistry)
    account = await registry.find(client.service_account_id)
    if account is None:
        raise UnauthorizedClient("the service account is disabled")
    return account


async def _check_actor_token(request: GrantRequest, account: ServiceAccount) -> None:
    """RFC 8693 section 2.1. It proves nothing that the client has not; so it must agree."""
    presented, of_type = request.form.get("actor_token"), request.form.get("actor_token_type")
    if presented is None and of_type is None:
        return
    if presented is None or of_type != ACCESS_TOKEN_TYPE:
        raise InvalidSubjectToken("an actor token has the type of an access token")
    actor = await request.call.resources.get(AccessTokenVerifier).read(presented)
    if isinstance(actor, InactiveReason) or actor.sub != format_id("sa", account.id):
        raise InvalidSubjectToken("the actor token is not this client's")
    if await Revocations(request.call.uow).revoked_after(actor.epoch, actor.revocable, actor.org):
        raise InvalidSubjectToken("the actor token is not valid")


def _target_of(request: GrantRequest) -> str | None:
    """One resource for each token, named as `resource` or as `audience`."""
    named = [*request.form.all("resource"), *request.form.all("audience")]
    if len(named) > 1:
        raise InvalidTarget("one resource at a time")
    return named[0] if named else None


async def _granted(
    uow: UnitOfWork, subject: AccessTokenClaims, request: GrantRequest, target: Resource
) -> frozenset[str]:
    """What the person lets this client do there.

    With a token that was issued to the client itself for the same resource, that is in the token.
    Otherwise the person has consented to the client, or it could use anybody's token.
    """
    own = frozenset((subject.scope or "").split())
    if subject.client_id == request.client.id and subject.aud == target.identifier:
        return own
    person = subject_id(subject.sub)
    consent = await ConsentRepository(uow).find(person, request.client.id, target.identifier)
    if consent is None or consent.bound_to != subject.org:
        raise InvalidScope("the person has not let this client act for them there")
    consented = frozenset(consent.scopes)
    narrows = subject.aud == target.identifier and subject.scope is not None
    return consented & own if narrows else consented


async def _check_live(
    uow: UnitOfWork, subject: AccessTokenClaims, account: ServiceAccount, client_id: str
) -> None:
    """Neither the subject token nor the client has been revoked since that token was issued: the
    new token has its epoch, and would be dead.
    """
    subjects = [*subject.revocable, account.id, client_subject(client_id)]
    if await Revocations(uow).revoked_after(subject.epoch, subjects, subject.org):
        raise InvalidSubjectToken("the subject token is not valid any more")
