"""Second factors on the wire."""

from pydantic import Field

from argus.kernel.schema import Request, Response


class MfaView(Response):
    """What the person has set up."""

    totp: bool
    recovery_codes_left: int


class TotpEnrolmentView(Response):
    """What an authenticator app is set up with. Shown once."""

    secret: str
    uri: str
    """`otpauth://totp/…`, to show as a QR code."""


class TotpCode(Request):
    """The code that the app shows."""

    code: str = Field(min_length=6, max_length=10, repr=False)


class RecoveryCodes(Response):
    """Codes that replace the second factor, each once. Shown once; empty: the earlier ones stay."""

    recovery_codes: list[str]
