"""The auth service of a running platform, from the inside and from the outside."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import httpx
import orjson
from pyotp.totp import TOTP
from sqlalchemy import Engine, event

from argus.kernel.resources import Resources
from argus.services.auth.maintenance import Maintenance
from argus.services.auth.revocations.feed import RevocationFeed
from argus.services.auth.signing_keys.service import SigningKeys
from support.platform import PASSWORD, Caller, FrozenClock, TestPlatform


@dataclass(frozen=True)
class TotpApp:
    """A person's authenticator app."""

    clock: FrozenClock
    totp: TOTP
    recovery_codes: list[str]

    def code(self) -> str:
        """A code that was not shown before: the time moves on to the next one."""
        self.clock.advance(timedelta(seconds=30))
        return self.totp.at(self.clock.now())

    def wrong(self) -> str:
        """A code that is not good now."""
        return self.totp.at(self.clock.now() + timedelta(days=1))


@dataclass(frozen=True)
class Auth:
    """What the tests of this service do again and again."""

    platform: TestPlatform

    @property
    def resources(self) -> Resources:
        return self.platform.modules["auth"].resources

    @property
    def keys(self) -> SigningKeys:
        return self.resources.get(SigningKeys)

    async def maintain(self) -> None:
        """Let the service do what it does by itself now and then."""
        await self.resources.get(Maintenance).run_once()

    async def get(self, path: str, caller: Caller) -> httpx.Response:
        return await self.platform.client.get(path, headers=caller.headers)

    async def is_live(self, token: str) -> bool:
        """Whether a request with this token is let in."""
        answer = await self.platform.client.get(
            "/api/v1/auth/me", headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code in (200, 401), answer.text
        return answer.status_code == 200

    async def refresh(self, refresh_token: str, **body: str) -> httpx.Response:
        return await self.platform.client.post(
            "/api/v1/auth/refresh", json={"refresh_token": refresh_token, **body}
        )

    async def validate(self, token: str, by: Caller, **body: Any) -> dict[str, Any]:
        answer = await self.platform.client.post(
            "/api/v1/auth/validate", json={"token": token, **body}, headers=by.headers
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def api_key(self, by: Caller, *scopes: str, **body: Any) -> dict[str, Any]:
        answer = await self.platform.client.post(
            "/api/v1/api-keys",
            json={"name": "a key", "scopes": scopes, **body},
            headers=by.headers,
        )
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def mailed(self) -> str:
        """What the latest mail says, after all that waits to be sent was."""
        await self.platform.work()
        mails = self.platform.mails()
        assert mails, "no mail was sent"
        body = max(mails, key=lambda mail: str(mail["Message-ID"])).get_body(("plain",))
        assert body is not None
        return body.get_content()

    async def mailed_code(self) -> str:
        found = re.search(r"^ {4}(\d{8})\s*$", await self.mailed(), re.MULTILINE)
        assert found, "the mail holds no code"
        return found[1]

    async def mailed_token(self) -> str:
        found = re.search(r"\?token=(\S+)", await self.mailed())
        assert found, "the mail holds no link"
        return found[1]

    async def enrol_totp(self, caller: Caller) -> "TotpApp":
        """Set up an authenticator app; it is asked from the next sign-in on."""
        post = self.platform.client.post
        begun = await post("/api/v1/auth/mfa/totp", headers=caller.headers)
        assert begun.status_code == 201, begun.text
        totp = TOTP(begun.json()["secret"])
        confirmed = await post(
            "/api/v1/auth/mfa/totp/confirm",
            json={"code": totp.at(self.platform.clock.now())},
            headers=caller.headers,
        )
        assert confirmed.status_code == 200, confirmed.text
        return TotpApp(self.platform.clock, totp, confirmed.json()["recovery_codes"])

    async def sign_in_once(self, email: str, password: str = PASSWORD) -> httpx.Response:
        """The first factor alone."""
        return await self.platform.client.post(
            "/api/v1/auth/sign-in", json={"email": email, "password": password}
        )

    async def continue_sign_in(self, flow: str, kind: str, **proof: Any) -> httpx.Response:
        return await self.platform.client.post(
            "/api/v1/auth/sign-in/continue", json={"flow": flow, "proof": {"kind": kind, **proof}}
        )

    def events(self, *types: str) -> list[tuple[str, dict[str, Any]]]:
        """Events of these types that the service has told, oldest first."""
        return [
            (envelope["type"], envelope["data"])
            for envelope in self.platform.outbox("auth")
            if envelope["type"] in types
        ]


_epochs = count(-1_000_000)


def hear_of(platform: TestPlatform, subject: UUID) -> None:
    """Have the process ask the database anew about `subject`, which SQL has just changed; no token
    is older than the epoch that is told here.
    """
    told = [(subject.hex, UUID(int=0).hex, next(_epochs))]
    platform.modules["auth"].resources.get(RevocationFeed).hear(orjson.dumps(told).decode())


def outcome(answer: httpx.Response) -> tuple[int, str]:
    """Status and error code."""
    return answer.status_code, answer.json()["code"] if answer.content else ""


@contextmanager
def statements() -> Generator[list[str]]:
    """All SQL of this process meanwhile: what a request costs, whatever the wall clock says."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)
