"""Proofs of a second factor on the wire."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from argus.kernel.schema import Request


class TotpProof(Request):
    """The code that the authenticator app shows."""

    kind: Literal["totp"]
    code: str = Field(min_length=6, max_length=10, repr=False)


class RecoveryCodeProof(Request):
    """A recovery code; it is used up."""

    kind: Literal["recovery_code"]
    code: str = Field(min_length=1, max_length=40, repr=False)


class PasskeyProof(Request):
    """The answer of `navigator.credentials.get()` to the options, as its `toJSON()` gives it."""

    kind: Literal["passkey"]
    credential: dict[str, JsonValue] = Field(repr=False)


SecondFactorProof = Annotated[
    TotpProof | RecoveryCodeProof | PasskeyProof, Field(discriminator="kind")
]
