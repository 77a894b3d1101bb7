"""Signing out at a client's request (OIDC RP-Initiated Logout 1.0), and telling clients of the end
of their sessions (OIDC Back-Channel Logout 1.0).
"""

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

import structlog

from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import Database
from argus.kernel.ids import SessionId, new_id
from argus.kernel.outbound import Outbound, OutboundFailed, OutboundRefused
from argus.kernel.principal import system
from argus.services.auth.browser_sessions.service import BrowserSession
from argus.services.auth.clients.client import Client
from argus.services.auth.clients.registry import ClientRegistry
from argus.services.auth.oauth.id_token import IdTokenClaims, IdTokenHints
from argus.services.auth.oauth.logout.errors import LogoutRefused
from argus.services.auth.oauth.logout.repository import LogoutRepository
from argus.services.auth.oauth.logout_token import sign
from argus.services.auth.oauth.redirect_uris import is_registered, with_parameters
from argus.services.auth.sessions.models import Session
from argus.services.auth.sessions.service import FIRST_PARTY
from argus.services.auth.signing_keys.service import SigningKeys

TELL_CLIENT = "auth.logout.tell_client"
"""The job that does `LogoutService.tell`."""
PARAMETERS = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class LogoutRequest:
    """A client's wish that was found to be in order."""

    client: Client | None
    hint: IdTokenClaims | None
    back_to: str | None
    """Where the person goes afterwards, with the client's state."""
    query: str
    """The request again, to be sent along with a form."""


class LogoutService:
    """Use it outside of a begun unit of work: it opens its own."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        clients: ClientRegistry,
        keys: SigningKeys,
        outbound: Outbound,
        issuer: str,
    ) -> None:
        self._database, self._clock, self._clients = database, clock, clients
        self._keys, self._outbound, self._issuer = keys, outbound, issuer
        self._hints = IdTokenHints(keys, issuer)

    async def read(self, sent: dict[str, str]) -> LogoutRequest:
        """The request in these parameters.

        Raises:
            LogoutRefused: the hint is not ours or another client's, or the address is not one that
                the client registered; nobody is redirected then.
        """
        given = {name: sent[name] for name in PARAMETERS if sent.get(name)}
        hint = None
        if "id_token_hint" in given:
            hint = await self._hints.read(given["id_token_hint"])
            if hint is None or given.get("client_id", hint.aud) != hint.aud:
                raise LogoutRefused("id_token_hint is not one of this client")
        client_id = hint.aud if hint else given.get("client_id")
        client = await self._clients.find(client_id) if client_id else None
        back_to = given.get("post_logout_redirect_uri")
        if back_to is not None:
            if client is None or not is_registered(
                back_to, client.metadata.post_logout_redirect_uris
            ):
                raise LogoutRefused("post_logout_redirect_uri is not registered")
            if "state" in given:
                back_to = with_parameters(back_to, [("state", given["state"])])
        return LogoutRequest(client, hint, back_to, urlencode(given))

    async def is_meant(self, asked: LogoutRequest, session: BrowserSession) -> bool:
        """Whether the client proved that it means this very session, so that nobody is asked."""
        if asked.hint is None or asked.hint.sub != session.user_id:
            return False
        async with self._database.unit_of_work(system("auth")) as uow:
            of_client = await LogoutRepository(uow).find(asked.hint.sid)
        return of_client is not None and of_client.started_by == session.id

    async def tell(self, session_id: SessionId) -> None:
        """Tell the session's client that it has ended, if it wants to know.

        A client that cannot be asked to try again (it refuses, or its address is not allowed) is
        told once.

        Raises:
            OutboundFailed: it did not answer, or failed; to be repeated.
        """
        async with self._database.unit_of_work(system("auth")) as uow:
            session = await LogoutRepository(uow).find(session_id)
        if session is None or session.client_id == FIRST_PARTY:
            return
        client = await self._clients.find(session.client_id)
        if client is None or client.metadata.backchannel_logout_uri is None:
            return
        try:
            status = await self._send(session, client.metadata.backchannel_logout_uri)
        except OutboundRefused:
            _log.warning("auth.logout.address_refused", client_id=client.id)
            return
        if status >= 500:
            raise OutboundFailed(f"the client answers {status}")
        if status >= 300:
            _log.warning("auth.logout.refused_by_client", client_id=client.id, status=status)

    async def _send(self, session: Session, uri: str) -> int:
        jti: UUID = new_id()
        key = await self._keys.signer()
        token = sign(session, self._issuer, jti, self._clock.now(), key)
        answer = await self._outbound.request(
            "POST",
            uri,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            content=urlencode({"logout_token": token}).encode(),
        )
        return answer.status
