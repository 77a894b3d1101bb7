"""Signs a person in to a command line: they confirm a code in their browser (RFC 8628)."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from argus_client.errors import LoginRefused, PlatformRefused, Unavailable
from argus_client.settings import check_address
from argus_client.transport import Transport

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
_SLOWER_S = 5.0
"""RFC 8628 section 3.5: what `slow_down` adds to the interval."""


@dataclass(frozen=True)
class Tokens:
    """What a login gives. Keep the refresh token as you would a password."""

    access_token: str = field(repr=False)
    expires_at: float
    """Seconds since the epoch."""
    refresh_token: str | None = field(repr=False)
    """Good once: `renew` answers with the next one."""
    scope: str


@dataclass(frozen=True)
class DeviceLogin:
    """A login that waits for the person."""

    user_code: str
    """Show it: the person compares, or types it."""
    verification_uri: str
    verification_uri_complete: str
    """For a QR code, or to open in a browser."""
    expires_at: float
    interval_s: float
    device_code: str = field(repr=False)


class DeviceFlow:
    """The login of a command line as a client of Argus; no credentials of a service are needed.

        flow = DeviceFlow("https://argus.example.com")
        login = flow.begin()
        print(f"Open {login.verification_uri} and enter {login.user_code}")
        tokens = flow.wait(login)

    Blocking: in an asynchronous program call it by `asyncio.to_thread`.
    """

    def __init__(
        self,
        url: str,
        client_id: str = "argus",
        *,
        scope: str = "",
        wall: Callable[[], float] = time.time,
    ) -> None:
        check_address(url)
        self._transport, self._wall = Transport(url.rstrip("/")), wall
        self._client = {"client_id": client_id}
        self._scope = {"scope": scope} if scope else {}

    def begin(self) -> DeviceLogin:
        """Ask for a code to show.

        Raises:
            Unavailable, PlatformRefused
        """
        told = self._transport.form("/oauth/device_authorization", self._client | self._scope)
        return DeviceLogin(
            user_code=told["user_code"],
            verification_uri=told["verification_uri"],
            verification_uri_complete=told["verification_uri_complete"],
            expires_at=self._wall() + float(told["expires_in"]),
            interval_s=float(told.get("interval", 5)),
            device_code=told["device_code"],
        )

    def wait(self, login: DeviceLogin, *, cancelled: threading.Event | None = None) -> Tokens:
        """The tokens, when the person has let this program in.

        Raises:
            LoginRefused: the person refused, let the time pass, or `cancelled` was set.
            PlatformRefused: for another reason.
        """
        cancelled, interval = cancelled or threading.Event(), login.interval_s
        form = {"grant_type": DEVICE_CODE, "device_code": login.device_code, **self._client}
        while not cancelled.wait(interval):
            if self._wall() >= login.expires_at:
                raise LoginRefused("nobody confirmed the code in time")
            try:
                return self._tokens(self._transport.form("/oauth/token", form))
            except Unavailable:
                interval *= 2  # section 3.5: a connection that fails is asked more slowly
            except PlatformRefused as refused:
                interval += _wait_longer(refused)
        raise LoginRefused("the login was cancelled")

    def renew(self, tokens: Tokens) -> Tokens:
        """New tokens for old ones. Keep them before they are used: the old are spent.

        Raises:
            LoginRefused: the person has signed out, or must sign in again.
            Unavailable: try again with the same tokens.
        """
        form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token or ""}
        try:
            return self._tokens(self._transport.form("/oauth/token", form | self._client))
        except PlatformRefused as refused:
            raise LoginRefused(str(refused)) from None

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _tokens(self, told: dict[str, Any]) -> Tokens:
        return Tokens(
            access_token=told["access_token"],
            expires_at=self._wall() + float(told["expires_in"]),
            refresh_token=told.get("refresh_token"),
            scope=told.get("scope") or "",
        )


def _wait_longer(refused: PlatformRefused) -> float:
    """Seconds to add to the interval; raises what ends the login."""
    match refused.error:
        case "authorization_pending":
            return 0.0
        case "slow_down":
            return _SLOWER_S
        case "access_denied":
            raise LoginRefused("the person refused") from None
        case "expired_token":
            raise LoginRefused("nobody confirmed the code in time") from None
        case _:
            raise refused
