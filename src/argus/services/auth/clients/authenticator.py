"""Does this request come from the client that it names? RFC 6749 section 2.3, RFC 7523."""

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_plus

from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import Database
from argus.kernel.ids import parse_id
from argus.kernel.principal import system
from argus.services.auth.clients.assertions import (
    ASSERTION_TYPE,
    ClientAssertions,
    claimed_client,
)
from argus.services.auth.clients.client import Client, ClientOrigin
from argus.services.auth.clients.errors import InvalidClient
from argus.services.auth.clients.metadata import SECRET_METHODS
from argus.services.auth.clients.registry import ClientRegistry
from argus.services.auth.clients.repository import (
    ClientSecretRepository,
    OpenClientRepository,
)
from argus.services.auth.sha256 import sha256_of


@dataclass(frozen=True)
class Presented:
    """What a request says of its client: its id, and the one proof that it sent, if any."""

    client_id: str
    secret: str | None = None
    assertion: str | None = None


class ClientAuthenticator:
    """Authenticates clients at the OAuth endpoints. Use it outside of a begun unit of work."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        registry: ClientRegistry,
        assertions: ClientAssertions,
    ) -> None:
        self._database, self._clock = database, clock
        self._registry, self._assertions = registry, assertions

    async def authenticate(self, authorization: str | None, form: Mapping[str, str]) -> Client:
        """The client that sent this `Authorization` header, if any, and this form.

        A client with a secret may send it by HTTP Basic or in the body, whichever of the two it is
        registered for: RFC 6749 section 2.3.1 has servers take Basic from all of them.

        Raises:
            InvalidClient: for every reason alike.
        """
        presented = presented_by(authorization, form)
        client = await self._registry.find(presented.client_id)
        if client is None or not await self._is_proved(client, presented):
            raise InvalidClient(by_header=authorization is not None)
        return client

    async def _is_proved(self, client: Client, presented: Presented) -> bool:
        method = client.metadata.token_endpoint_auth_method
        if method in SECRET_METHODS:
            return presented.secret is not None and await self._knows(client, presented.secret)
        if method == "private_key_jwt":
            assertion = presented.assertion
            return assertion is not None and await self._assertions.prove(client, assertion)
        return presented.secret is None and presented.assertion is None

    async def _knows(self, client: Client, secret: str) -> bool:
        digest = sha256_of(secret)
        return any(hmac.compare_digest(digest, live) for live in await self._digests(client))

    async def _digests(self, client: Client) -> Sequence[bytes]:
        async with self._database.unit_of_work(system("auth")) as uow:
            if client.origin is ClientOrigin.ORGANIZATION:
                row_id, now = parse_id("cli", client.id), self._clock.now()
                return await ClientSecretRepository(uow).digests(row_id, now)
            registered = await OpenClientRepository(uow).find(client.id)
            digest = registered and registered.secret_digest
            return [digest] if digest else []


def presented_by(authorization: str | None, form: Mapping[str, str]) -> Presented:
    """The client that the request names, in exactly one way.

    Raises:
        InvalidClient: none, or two ways at once (RFC 6749 section 2.3, RFC 7521 section 4.2).
    """
    proofs = (authorization, form.get("client_secret"), form.get("client_assertion"))
    if sum(proof is not None for proof in proofs) > 1:
        raise InvalidClient(
            "the request names its client in two ways", by_header=authorization is not None
        )
    presented = _presented(*proofs, named=form.get("client_id"))
    if presented is None or form.get("client_id") not in (None, presented.client_id):
        raise InvalidClient(
            "the request does not say which client it is of", by_header=authorization is not None
        )
    if presented.assertion is not None and form.get("client_assertion_type") != ASSERTION_TYPE:
        raise InvalidClient("the assertion is of an unknown type")
    return presented


def _presented(
    authorization: str | None, secret: str | None, assertion: str | None, named: str | None
) -> Presented | None:
    if authorization is not None:
        return _basic(authorization)
    client_id = named if assertion is None else claimed_client(assertion)
    return None if client_id is None else Presented(client_id, secret, assertion)


def _basic(authorization: str) -> Presented | None:
    """RFC 6749 section 2.3.1: both parts were encoded as in a form before HTTP Basic."""
    scheme, _, credentials = authorization.partition(" ")
    try:
        decoded = base64.b64decode(credentials.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        decoded = ""
    client_id, separator, secret = decoded.partition(":")
    if scheme.lower() != "basic" or not separator:
        return None
    return Presented(unquote_plus(client_id), unquote_plus(secret))
