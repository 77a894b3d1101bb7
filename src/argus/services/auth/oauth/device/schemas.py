"""The device flow on the wire."""

from typing import Literal

from pydantic import Field

from argus.kernel.ids import PublicOrganizationId
from argus.kernel.schema import Request, Response


class DeviceAuthorizationAnswer(Response):
    """RFC 8628 section 3.2: show `user_code` and `verification_uri`, then poll."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    """For a QR code. The person is still asked."""
    expires_in: int
    """Seconds until both codes are void."""
    interval: int
    """Seconds between two polls, at least."""


class DeviceDecision(Request):
    """A person's decision about the device that shows a code."""

    user_code: str = Field(min_length=1, max_length=40)
    decision: Literal["approve", "deny"]
    organization_id: PublicOrganizationId | None = None
    """Whom the device is to act in; left out, the organization of the caller's token."""
