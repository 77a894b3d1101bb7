"""Authorization of clients by people: from a request to a code (RFC 6749 4.1, RFC 9126, RFC 9700).

A request goes through three hands: `locate` finds the client and where it may be told of anything,
`judge` what it asks for, `decide` what is still needed of the person. Each request is judged anew,
also when it comes back from the sign-in page or with the consent form.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from argus.contracts.identity.rpc import LIST_MEMBERSHIPS
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.acr import CLASSES, reaches
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import Database, UnitOfWork
from argus.kernel.ids import OrganizationId, format_id, parse_id
from argus.kernel.principal import anonymous
from argus.kernel.rpc.client import Rpc
from argus.services.auth.browser_sessions.service import BrowserSession
from argus.services.auth.clients.client import Client
from argus.services.auth.clients.metadata import AUTHORIZATION_CODE, REFRESH_TOKEN
from argus.services.auth.clients.registry import ClientRegistry
from argus.services.auth.oauth.authorization.models import PushedRequest
from argus.services.auth.oauth.authorization.repository import PushedRequestRepository
from argus.services.auth.oauth.authorization_request import (
    AuthorizationRefused,
    AuthorizationRequest,
    Parameters,
    parse,
    read,
)
from argus.services.auth.oauth.codes.service import CodeService, NewCode
from argus.services.auth.oauth.consents.models import Consent, Given
from argus.services.auth.oauth.consents.service import ConsentService
from argus.services.auth.oauth.id_token import IdTokenHints
from argus.services.auth.oauth.redirect_uris import is_registered, with_parameters
from argus.services.auth.oauth.return_ticket import ReturnTickets
from argus.services.auth.resources.errors import InvalidTarget
from argus.services.auth.resources.registry import ResourceRegistry
from argus.services.auth.resources.resource import Resource
from argus.services.auth.sha256 import sha256_of

PUSHED_LIFE = timedelta(minutes=10)
"""Long enough to sign in meanwhile; RFC 9126 section 2.2 expects no more."""
REQUEST_URI_PREFIX = "urn:ietf:params:oauth:request_uri:"
REQUEST_URI_GONE = "the request has expired, or was granted already"


@dataclass(frozen=True)
class Located:
    """A request whose client may be told what came of it."""

    client: Client
    parameters: Parameters
    redirect_uri: str
    sent: tuple[tuple[str, str], ...]
    """The request as it came, to come with again."""
    signed_in_after: datetime | None = None
    """Where the request comes back from the sign-in page: when it was here first."""
    pushed: bytes | None = None
    """Hash of the reference under which the client had left it."""

    @property
    def query(self) -> str:
        """The request as it came, in one text."""
        return urlencode(self.sent)


@dataclass(frozen=True)
class Authorization:
    """A request that its client may make."""

    located: Located
    request: AuthorizationRequest
    resource: Resource
    scopes: tuple[str, ...]
    """What is granted if the person agrees; may be less than was asked for."""

    @property
    def client(self) -> Client:
        return self.located.client

    @property
    def is_assured(self) -> bool:
        """Whether the answer surely gets to this client: no other program on the person's machine
        can pass itself off as it (RFC 8252 section 8.6).
        """
        confidential = not self.client.metadata.is_public
        return confidential or self.request.redirect_uri.startswith("https:")


@dataclass(frozen=True)
class SignInNeeded:
    """The person must sign in, and come back with the request."""

    query: str
    again: bool
    """Although signed in already."""
    login_hint: str


@dataclass(frozen=True)
class Organization:
    """One that the person is a member of."""

    id: OrganizationId
    name: str


@dataclass(frozen=True)
class ConsentNeeded:
    """The person must say whether the client may, and for which of these; the likeliest first."""

    organizations: tuple[Organization, ...]


class AuthorizationService:
    """Use it outside of a begun unit of work, but for `agree` and `grant`: it asks siblings, and
    opens units of its own.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        rpc: Rpc,
        clients: ClientRegistry,
        resources: ResourceRegistry,
        codes: CodeService,
        tickets: ReturnTickets,
        hints: IdTokenHints,
    ) -> None:
        self._database, self._clock, self._rpc = database, clock, rpc
        self._clients, self._resources, self._codes = clients, resources, codes
        self._tickets, self._hints = tickets, hints

    async def locate(self, sent: Iterable[tuple[str, str]]) -> Located:
        """The client of a request, and where it may be answered.

        Raises:
            AuthorizationRefused: without a location: only the person may be told (RFC 9700 4.11.2).
        """
        sent = tuple(sent)
        parameters = read(sent)
        client_id = parameters.get("client_id")
        client = await self._clients.find(client_id) if client_id else None
        if client is None:
            raise AuthorizationRefused("invalid_client", "there is no such application")
        request_uri, pushed = parameters.get("request_uri"), None
        if request_uri is not None:
            pushed = sha256_of(request_uri)
            async with self._database.unit_of_work(anonymous()) as uow:
                requests = PushedRequestRepository(uow)
                kept = await requests.find(pushed, client.id, self._clock.now())
            if kept is None:
                raise AuthorizationRefused("invalid_request_uri", REQUEST_URI_GONE)
            parameters = Parameters(kept, frozenset())
        elif client.metadata.require_pushed_authorization_requests:
            raise AuthorizationRefused("invalid_request", "the application must push its requests")
        return Located(
            client,
            parameters,
            _redirect_uri(client, parameters),
            sent,
            self._tickets.read(sent, self._clock.now()),
            pushed,
        )

    async def push(self, client: Client, parameters: Parameters, jkt: str | None) -> str:
        """Keep a request of an authenticated client; returns its `request_uri` (RFC 9126).

        `jkt` is the key that the client proved to hold: the code will be bound to it (RFC 9449
        section 10.1).

        Raises:
            AuthorizationRefused
        """
        if parameters.get("request_uri") is not None:
            raise AuthorizationRefused("invalid_request", "a request_uri cannot be pushed")
        if jkt is not None and parameters.get("dpop_jkt") not in (None, jkt):
            raise AuthorizationRefused("invalid_dpop_proof", "dpop_jkt is another key's")
        kept = {**parameters.values, "client_id": client.id} | ({"dpop_jkt": jkt} if jkt else {})
        parameters = Parameters(kept, parameters.repeated)
        await self.judge(Located(client, parameters, _redirect_uri(client, parameters), ()))
        request_uri = REQUEST_URI_PREFIX + secrets.token_urlsafe(32)
        async with self._database.unit_of_work(anonymous()) as uow:
            await PushedRequestRepository(uow).add(
                PushedRequest(
                    hash=sha256_of(request_uri),
                    client_id=client.id,
                    parameters=kept,
                    expires_at=self._clock.now() + PUSHED_LIFE,
                )
            )
        return request_uri

    async def judge(self, located: Located) -> Authorization:
        """What the request asks for, as far as its client may have it.

        Raises:
            AuthorizationRefused
        """
        client = located.client
        request = parse(located.parameters, located.redirect_uri)
        if not client.may_use(AUTHORIZATION_CODE):
            raise AuthorizationRefused("unauthorized_client", "not registered for codes")
        asked = request.scopes or tuple(sorted(client.metadata.scopes or ()))
        try:
            resource = await self._resources.target(client, request.resource, asked)
        except InvalidTarget as error:
            raise AuthorizationRefused("invalid_target", error.detail) from None
        scopes = tuple(scope for scope in asked if _may_have(client, resource, scope))
        if not scopes:
            raise AuthorizationRefused("invalid_scope", "no scope that the application may have")
        return Authorization(located, request, resource, scopes)

    async def signed_in(
        self, asked: Authorization, session: BrowserSession | None
    ) -> BrowserSession | SignInNeeded:
        """The person's session, if the client is content with it.

        Raises:
            AuthorizationRefused: the client wants no page shown (`prompt=none`), or demands what
                the person has just not met.
        """
        if session is not None and await self._is_wanted(asked, session):
            return session
        if "none" in asked.request.prompts:
            raise AuthorizationRefused("login_required", "the person must sign in")
        query = asked.located.query
        if asked.located.signed_in_after is None:
            query = urlencode(self._tickets.add(asked.located.sent, self._clock.now()))
        hint = asked.request.login_hint or ""
        return SignInNeeded(query, again=session is not None, login_hint=hint)

    async def agreed(
        self, asked: Authorization, session: BrowserSession
    ) -> OrganizationId | ConsentNeeded:
        """The organization for which the person has let the client act before, if that covers it.

        Raises:
            AuthorizationRefused: it does not, and the client wants no page shown.
        """
        client_id, audience = asked.client.id, asked.resource.identifier
        organizations = await self._organizations(session)
        async with self._database.unit_of_work(anonymous()) as uow:
            consents = ConsentService(uow, self._clock)
            consent = await consents.find(session.user_id, client_id, audience)
        if consent is not None and _covers(consent, asked):
            for organization in organizations:
                if organization.id == consent.bound_to:
                    return organization.id
        if "none" in asked.request.prompts:
            raise AuthorizationRefused("consent_required", "the person must agree")
        likeliest = consent.bound_to if consent else asked.client.organization_id
        return ConsentNeeded(tuple(sorted(organizations, key=lambda one: one.id != likeliest)))

    async def chosen(self, session: BrowserSession, organization: str) -> OrganizationId:
        """The organization with this public id, which the person chose.

        Raises:
            AuthorizationRefused: the person is no member of it.
        """
        for one in await self._organizations(session):
            if format_id("org", one.id) == organization:
                return one.id
        raise AuthorizationRefused("access_denied", "the person is not in that organization")

    async def agree(
        self,
        uow: UnitOfWork,
        asked: Authorization,
        session: BrowserSession,
        organization_id: OrganizationId,
    ) -> None:
        """Remember that the person lets the client act for this organization."""
        given = Given(
            user_id=session.user_id,
            client_id=asked.client.id,
            client_name=asked.client.metadata.client_name,
            audience=asked.resource.identifier,
            organization_id=organization_id,
            scopes=asked.scopes,
        )
        await ConsentService(uow, self._clock).give(given)

    async def grant(
        self,
        uow: UnitOfWork,
        asked: Authorization,
        session: BrowserSession,
        organization_id: OrganizationId,
    ) -> str:
        """The redirect that brings the client its code.

        Raises:
            AuthorizationRefused: the pushed request was granted already (RFC 9126 section 7.3).
        """
        request, pushed = asked.request, asked.located.pushed
        if pushed is not None and not await PushedRequestRepository(uow).take(pushed):
            raise AuthorizationRefused("invalid_request_uri", REQUEST_URI_GONE)
        code = await self._codes.issue(
            uow,
            NewCode(
                client_id=asked.client.id,
                user_id=session.user_id,
                organization_id=organization_id,
                started_by=session.id,
                redirect_uri=request.redirect_uri if request.redirect_uri_given else None,
                code_challenge=request.code_challenge,
                dpop_jkt=request.dpop_jkt,
                scopes=asked.scopes,
                audience=asked.resource.identifier,
                nonce=request.nonce,
                id_token_claims=tuple(request.claims.id_token),
            ),
        )
        return self.answer(asked.located, code=code)

    def answer(self, located: Located, **told: str) -> str:
        """The redirect that tells the client, and by whom it is told (RFC 9207)."""
        told["iss"] = self._hints.issuer
        if "state" in located.parameters.values and "state" not in located.parameters.repeated:
            told["state"] = located.parameters.values["state"]
        return with_parameters(located.redirect_uri, tuple(told.items()))

    async def _is_wanted(self, asked: Authorization, session: BrowserSession) -> bool:
        """Whether the client is content with this sign-in.

        Raises:
            AuthorizationRefused: it is not, and the person can sign in no better.
        """
        request, after = asked.request, asked.located.signed_in_after
        if after is None:
            age = self._clock.now() - session.authenticated_at
            is_fresh = request.max_age is None or age <= request.max_age
            is_fresh = is_fresh and not request.prompts & {"login", "select_account"}
        else:
            is_fresh = session.authenticated_at >= after
        if not is_fresh or not await self._is_meant(request, session):
            return False
        wanted, is_essential = request.acr
        if not wanted or reaches(session.strength, wanted):
            return True
        could_do_better = after is None and bool({*wanted} & {*CLASSES})
        if is_essential and not could_do_better:
            raise AuthorizationRefused(
                "unmet_authentication_requirements", "the person cannot sign in that strongly"
            )
        return not could_do_better

    async def _is_meant(self, request: AuthorizationRequest, session: BrowserSession) -> bool:
        """Whether it is the person that the client names, if it names one (OIDC core 3.1.2.1)."""
        subjects = {*request.claims.values("sub")}
        if request.id_token_hint is not None:
            hint = await self._hints.read(request.id_token_hint)
            if hint is None:
                raise AuthorizationRefused("invalid_request", "id_token_hint is not valid")
            subjects.add(format_id("usr", hint.sub))
        return subjects <= {format_id("usr", session.user_id)}

    async def _organizations(self, session: BrowserSession) -> list[Organization]:
        answer = await self._rpc.call(
            LIST_MEMBERSHIPS,
            identity_pb2.ListMembershipsRequest(user_id=format_id("usr", session.user_id)),
        )
        return [
            Organization(
                OrganizationId(parse_id("org", membership.organization_id)),
                membership.organization_name,
            )
            for membership in answer.memberships
        ]


def _redirect_uri(client: Client, parameters: Parameters) -> str:
    """Where the client is answered: what it names, or the only place that it has.

    Raises:
        AuthorizationRefused
    """
    named, registered = parameters.get("redirect_uri"), client.metadata.redirect_uris
    if named is None and len(registered) == 1:
        return registered[0]
    if named is None or not is_registered(named, registered):
        raise AuthorizationRefused(
            "invalid_request", "redirect_uri is not one that the application registered"
        )
    return named


def _may_have(client: Client, resource: Resource, scope: str) -> bool:
    """Scopes that a client cannot have are left out, not refused (OIDC core 3.1.2.1)."""
    if scope == "offline_access" and not client.may_use(REFRESH_TOKEN):
        return False
    return scope in client.permitted(resource.scopes)


def _covers(consent: Consent, asked: Authorization) -> bool:
    """Whether the person need not be asked again."""
    return (
        "consent" not in asked.request.prompts
        and {*asked.scopes} <= {*consent.scopes}
        and asked.is_assured
    )
