"""An organization with people in it, made as its users would make it."""

from dataclasses import dataclass
from email.message import EmailMessage

import pytest

from support.platform import Caller, TestPlatform


@dataclass
class Acme:
    """An organization that is nobody's personal one."""

    platform: TestPlatform
    owner: Caller

    @property
    def id(self) -> str:
        return self.owner.organization_id

    async def invite(self, email: str, *roles: str, by: Caller | None = None) -> str:
        """Invite an address and read the token in its mail."""
        answer = await self.platform.client.post(
            "/api/v1/invitations",
            json={"email": email, "roles": roles},
            headers=(by or self.owner).headers,
        )
        assert answer.status_code == 201, answer.text
        await self.platform.work()
        return token_in(self.platform.mails()[-1])

    async def member(self, email: str, *roles: str) -> Caller:
        """A new person who joined with these roles, signed in to the organization."""
        person = await self.platform.owner(email)
        await accept(self.platform, person, await self.invite(email, *roles))
        return await self.platform.sign_in(email, self.id)


async def accept(platform: TestPlatform, person: Caller, token: str) -> None:
    answer = await platform.client.post(
        "/api/v1/invitations/accept", json={"token": token}, headers=person.headers
    )
    assert answer.status_code == 200, answer.text


def token_in(mail: EmailMessage) -> str:
    """The invitation code: the only line of the text that begins with `inv_`."""
    text = mail.get_body(("plain",))
    assert text is not None
    [token] = [line.strip() for line in text.get_content().splitlines() if "inv_" in line]
    return token


async def organization(platform: TestPlatform, email: str, name: str) -> Acme:
    person = await platform.owner(email)
    answer = await platform.client.post(
        "/api/v1/organizations", json={"name": name}, headers=person.headers
    )
    assert answer.status_code == 201, answer.text
    return Acme(platform, await platform.sign_in(email, answer.json()["id"]))


@pytest.fixture
async def acme(platform: TestPlatform) -> Acme:
    """Ada's organization; she is its only member."""
    return await organization(platform, "ada@example.com", "Acme")


@pytest.fixture
async def globex(platform: TestPlatform) -> Acme:
    """Another tenant, Greta's."""
    return await organization(platform, "greta@example.com", "Globex")
