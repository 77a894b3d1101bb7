"""Stepping up on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from argus.kernel.schema import Request, Response
from argus.services.auth.factors.schemas import PasskeyProof, RecoveryCodeProof, TotpProof
from argus.services.auth.sign_in.schemas import Secret


class PasswordProof(Request):
    """The password; for who has no second factor."""

    kind: Literal["password"]
    password: Secret = Field(repr=False)


StepUpProof = Annotated[
    TotpProof | RecoveryCodeProof | PasskeyProof | PasswordProof, Field(discriminator="kind")
]


class StepUp(Request):
    """Show again who you are."""

    proof: StepUpProof


class SteppedUpAnswer(Response):
    """A new access token of the same session and organization; the refresh token stays."""

    access_token: str
    token_type: Literal["Bearer", "DPoP"]
    """`DPoP` where the token of the request was bound to a key; this one is bound to the same."""
    expires_in: int
    """Seconds until the access token expires."""
    acr: str
    """How strongly the person is authenticated now: one of the server's `acr_values_supported`."""
