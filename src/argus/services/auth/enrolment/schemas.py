"""Setting up a second factor in the middle of a sign-in, on the wire."""

from pydantic import Field

from argus.services.auth.mfa.schemas import TotpCode
from argus.services.auth.passkeys.schemas import NewPasskey
from argus.services.auth.sign_in.schemas import FlowName
from argus.services.auth.tokens.schemas import TokenAnswer


class SignInTotpCode(FlowName, TotpCode):
    """The code that the app shows, and the sign-in that it completes."""


class SignInPasskey(FlowName, NewPasskey):
    """The passkey that the browser made, and the sign-in that it completes."""


class EnrolledAnswer(TokenAnswer):
    """Tokens of the session that began with the new second factor."""

    recovery_codes: list[str] = Field(repr=False)
    """They replace the second factor, each once. Shown once; empty: the earlier ones stay."""
