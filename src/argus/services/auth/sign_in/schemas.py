"""Signing in on the wire."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue, StringConstraints

from argus.kernel.ids import PublicOrganizationId
from argus.kernel.schema import Request, Response
from argus.services.auth.factors.schemas import SecondFactorProof
from argus.services.auth.factors.service import Factor

Secret = Annotated[str, StringConstraints(min_length=1, max_length=1024, strip_whitespace=False)]
"""As typed, spaces included."""

Address = Annotated[str, StringConstraints(min_length=3, max_length=320)]
"""A mail address; the identity service decides what is one."""


class SignIn(Request):
    """Sign in by password."""

    email: Address
    password: Secret = Field(repr=False)
    organization_id: PublicOrganizationId | None = None
    """The organization that the tokens are for; left out, the personal one."""


class PasskeySignIn(Request):
    """Sign in by passkey."""

    credential: dict[str, JsonValue] = Field(repr=False)
    """The answer of `navigator.credentials.get()`, as its `toJSON()` gives it."""
    organization_id: PublicOrganizationId | None = None
    """The organization that the tokens are for; left out, the personal one."""


class PendingAnswer(Response):
    """The first factor was right, and another is asked: send one of `factors` with `flow`. Where
    there is none and the organization demands one, set one of `enrol` up with it.
    """

    flow: str
    factors: list[Factor]
    """Sent to `POST /api/v1/auth/sign-in/continue`."""
    enrol: list[Literal[Factor.TOTP, Factor.PASSKEY]]
    """Set up at `POST /api/v1/auth/sign-in/enrol/totp` or `…/passkey-options`; empty where a factor
    is asked.
    """
    expires_in: int
    """Seconds until the sign-in has to begin again."""


class Continuation(Request):
    """The second factor of a sign-in."""

    flow: str = Field(min_length=1, max_length=100, repr=False)
    proof: SecondFactorProof


class FlowName(Request):
    """Which sign-in is meant."""

    flow: str = Field(min_length=1, max_length=100, repr=False)
