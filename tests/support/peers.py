"""People at a browser, and scripts of relying parties that send them places."""

import asyncio
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from support.browsing import Browser
from support.npm import NODE
from support.oauth import OAuth, RegisteredClient
from support.platform import PASSWORD, Caller

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
PATIENCE_S = 60


@dataclass(frozen=True)
class Person:
    """Somebody at a browser, who signs in when asked, and says yes."""

    caller: Caller
    browser: Browser

    async def visit(self, url: str) -> str:
        """Where the person ends up: an address of somebody else's, or the last page."""
        parts = urlsplit(url)
        page = await self.browser.open(f"{parts.path}?{parts.query}")
        for action, fields in (
            ("/sign-in", {"email": self.caller.email, "password": PASSWORD}),
            ("/consent", {"decision": "allow"}),
            ("/device", {}),
            ("/device/decision", {"decision": "approve"}),
            ("/oauth/logout", {"decision": "yes"}),
        ):
            if page.response.status_code == 200 and page.has_form(action):
                page = await self.browser.send(page, action, **fields)
        return page.response.headers.get("location") or str(page.response.url)


@dataclass(frozen=True)
class Peer:
    """A script of this folder, with a person whom it may send places."""

    folder: Path
    """The scripts, beside what they import."""
    script: str
    person: Person

    async def run(self, scenario: str, settings: dict[str, Any]) -> dict[str, Any]:
        """What the scenario found out.

        Raises:
            AssertionError: it failed; with what it said of that.
        """
        async with asyncio.timeout(PATIENCE_S):
            process = await asyncio.create_subprocess_exec(
                NODE,
                self.folder / self.script,
                scenario,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stderr is not None
            try:
                said: dict[str, Any] = {}
                answer: object = settings
                while "found" not in said:
                    process.stdin.write(f"{json.dumps(answer)}\n".encode())
                    line = await process.stdout.readline()
                    assert line, (await process.stderr.read()).decode()
                    said = json.loads(line)
                    if "visit" in said:
                        answer = await self.person.visit(said["visit"])
                return said["found"]
            finally:
                process.stdin.close()
                if process.returncode is None:
                    process.kill()
                await process.wait()


async def agent(oauth: OAuth, person: Caller) -> RegisteredClient:
    """The client of an agent that the person lets act for them."""
    client, _ = await oauth.machine(
        person,
        "org:read",
        "test:execute",
        grant_types=["authorization_code", "client_credentials", EXCHANGE],
        redirect_uris=["https://agent.example/callback"],
        response_types=["code"],
        token_endpoint_auth_method="client_secret_basic",
    )
    await oauth.consent(person, client, "org:read")
    return client
