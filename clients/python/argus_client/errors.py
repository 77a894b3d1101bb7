"""What can go wrong, as a service tells its own callers: each error has a status and headers."""

from typing import ClassVar


class ArgusClientError(Exception):
    """Root of the client's errors.

    `status`, `code` and `headers` are what a service answers its caller with (RFC 9457); the
    message says what happened, and never contains a credential.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "client.error"
    title: ClassVar[str] = "The request failed"

    @property
    def headers(self) -> dict[str, str]:
        """Headers of that answer."""
        return {}


class ConfigurationError(ArgusClientError):
    """The client is not set up as it must be. The message says what is wrong and what to do."""

    code = "client.configuration"


class Unauthenticated(ArgusClientError):
    """The credential is missing or not good; `reason` is one word that says why.

    The words are those of `POST /api/v1/auth/validate`: `malformed`, `algorithm`, `unknown`,
    `signature`, `issuer`, `audience`, `not_yet_valid`, `expired`, `revoked`, `proof`, `nonce`,
    `address`, `demands`; and `missing`.
    """

    status, code, title = 401, "client.unauthenticated", "Authentication required"

    def __init__(self, reason: str) -> None:
        super().__init__(f"the credential is not valid: {reason}")
        self.reason = reason

    @property
    def headers(self) -> dict[str, str]:
        """RFC 6750 section 3: the error is told only to who sent a credential; and RFC 9449 section
        7.1: who must prove to hold a key is told so.
        """
        if self.reason in ("proof", "nonce"):
            error = "use_dpop_nonce" if self.reason == "nonce" else "invalid_dpop_proof"
            return {"WWW-Authenticate": f'DPoP error="{error}", algs="ES256 RS256 PS256 Ed25519"'}
        bearer = "Bearer" if self.reason == "missing" else 'Bearer error="invalid_token"'
        return {"WWW-Authenticate": f"{bearer}, ApiKey"}


class Forbidden(ArgusClientError):
    """The caller is known, and may not do this."""

    status, code, title = 403, "client.forbidden", "Permission denied"

    def __init__(self, permission: str) -> None:
        super().__init__(f"this needs the permission {permission}")
        self.permission = permission


class Unavailable(ArgusClientError):
    """Argus does not answer, and what is known here is not enough. It is worth another try."""

    status, code, title = 503, "client.unavailable", "Argus is unavailable"

    @property
    def headers(self) -> dict[str, str]:
        """When to come back."""
        return {"Retry-After": "1"}


class RevocationsStale(Unavailable):
    """The revocation feed has been silent for longer than the staleness bound.

    A token may have been revoked meanwhile, so none is accepted. It ends by itself when the feed
    is back; `python -m argus_client check` says what is in the way.
    """

    code, title = "client.revocations_stale", "Revocations are not known"


class PlatformRefused(ArgusClientError):
    """Argus refused a request of this client itself, for instance for want of a permission."""

    status, code, title = 502, "client.refused", "Argus refused this service"

    def __init__(self, answered: int, error: str, detail: str) -> None:
        super().__init__(f"Argus answered {answered} {error}: {detail}")
        self.answered = answered
        """The status."""
        self.error = error
        """Argus's own code, or OAuth's `error`."""


class UsageBufferFull(ArgusClientError):
    """The usage was not recorded: too many events wait to be sent. Try again, or send less."""

    status, code, title = 503, "client.usage_buffer_full", "Usage cannot be recorded now"


class LoginRefused(ArgusClientError):
    """The person refused the login of the device, or let the time for it pass."""

    status, code, title = 403, "client.login_refused", "The login was refused"
