"""Why an organization does not let somebody in, or its settings cannot be what is asked."""

from collections.abc import Iterable

from argus.kernel.errors import ArgusError


class MfaRequired(ArgusError):
    """The organization demands a second factor, and the session began without one.

    Who has one shows it by `POST /api/v1/auth/step-up`, or signs in again. Who has none sets one up
    by `POST /api/v1/auth/mfa/totp` or `POST /api/v1/auth/passkeys`. Then repeat what was refused. A
    sign-in for the organization asks for all of that by itself.
    """

    code, status, title = "auth.organization_security.mfa_required", 403, "Second factor required"


class SignInMethodNotAllowed(ArgusError):
    """The organization does not accept this way of signing in; `allowed` names those it does.

    Sign in again in one of these ways. Other organizations are open to the session as before.
    """

    code, status, title = (
        "auth.organization_security.method_not_allowed",
        403,
        "Way of signing in not allowed",
    )

    def __init__(self, detail: str = "", *, allowed: Iterable[str] = ()) -> None:
        self.allowed = tuple(allowed)
        super().__init__(detail, allowed=[*self.allowed])


class EmailDomainNotAllowed(ArgusError):
    """The organization accepts people with an e-mail address of its own domains only.

    Sign in with an account whose verified address is in one of them.
    """

    code, status, title = (
        "auth.organization_security.domain_not_allowed",
        403,
        "E-mail domain not allowed",
    )


class AddressNotAllowed(ArgusError):
    """The organization may not be used from this network address.

    Use the organization's own network or VPN, or ask who manages its security to allow the address.
    """

    code, status, title = (
        "auth.organization_security.address_not_allowed",
        403,
        "Network address not allowed",
    )


class SessionTooOld(ArgusError):
    """The organization ends sessions earlier than others do. Sign in again."""

    code, status, title = "auth.organization_security.session_too_old", 403, "Session too old"


class LocksOut(ArgusError):
    """With these settings you could not enter the organization yourself; the answer says why.

    Change the settings from a session that fulfils them.
    """

    code, status, title = "auth.organization_security.locks_out", 409, "Settings lock you out"
