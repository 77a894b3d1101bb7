"""Why an organization does not let somebody in, or its settings cannot be what is asked."""

from argus.kernel.errors import ArgusError


class MfaRequired(ArgusError):
    """The organization demands a second factor, and the sign-in had one only.

    Set up an authenticator application or a passkey, sign in with it, and try again.
    """

    code, status, title = "auth.organization_security.mfa_required", 403, "Second factor required"


class SignInMethodNotAllowed(ArgusError):
    """The organization does not accept this way of signing in; `allowed` names those it does."""

    code, status, title = (
        "auth.organization_security.method_not_allowed",
        403,
        "Way of signing in not allowed",
    )


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
    """The organization may not be used from this network address. Use its network or VPN."""

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
