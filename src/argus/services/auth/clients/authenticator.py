"""Does this request come from the client that it names? RFC 6749 section 2.3, RFC 7523."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from argus.kernel.clock import Clock
from argus.services.auth.clients.assertions import (
    ASSERTION_TYPE,
    ClientAssertions,
    claimed_client,
)
from argus.services.auth.clients.client import KnownClient
from argus.services.auth.clients.errors import InvalidClient
from argus.services.auth.clients.metadata import SECRET_METHODS
from argus.services.auth.clients.registry import ClientRegistry
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
        self, clock: Clock, registry: ClientRegistry, assertions: ClientAssertions
    ) -> None:
        self._clock, self._registry, self._assertions = clock, registry, assertions

    async def authenticate(
        self, authorization: str | None, form: Mapping[str, str], *, anew: bool = False
    ) -> KnownClient:
        """The client that sent this `Authorization` header, if any, and this form; `anew` as for
        `ClientRegistry.know`.

        A client with a secret may send it by HTTP Basic or in the body, whichever of the two it is
        registered for: RFC 6749 section 2.3.1 has servers take Basic from all of them.

        Raises:
            InvalidClient: for every reason alike.
        """
        presented = presented_by(authorization, form)
        known = await self._registry.know(presented.client_id, anew=anew)
        if known is None or not await self._is_proved(known, presented):
            raise InvalidClient(by_header=authorization is not None)
        return known

    def recall(self, authorization: str | None, form: Mapping[str, str]) -> KnownClient | None:
        """The client that `authenticate` would return, if it is remembered and nothing is to be
        looked up or used up to know that it is the one.

        Raises:
            InvalidClient: the request does not name its client in one way.
        """
        presented = presented_by(authorization, form)
        known = self._registry.recall(presented.client_id)
        return known if known and self._is_proved_by_secret(known, presented) else None

    async def _is_proved(self, known: KnownClient, presented: Presented) -> bool:
        if known.client.metadata.token_endpoint_auth_method != "private_key_jwt":  # noqa: S105
            return self._is_proved_by_secret(known, presented)
        assertion = presented.assertion
        return assertion is not None and await self._assertions.prove(known.client, assertion)

    def _is_proved_by_secret(self, known: KnownClient, presented: Presented) -> bool:
        """Or by nothing, where the client has registered for that."""
        metadata = known.client.metadata
        if metadata.is_public:
            return presented.secret is None and presented.assertion is None
        if metadata.token_endpoint_auth_method not in SECRET_METHODS or presented.secret is None:
            return False
        digest, now = sha256_of(presented.secret), self._clock.now()
        return any(
            hmac.compare_digest(digest, secret) and (until is None or until > now)
            for secret, until in known.secrets
        )


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
