"""An organization with people in it, made as its users would make it."""

from dataclasses import dataclass
from email.message import EmailMessage

from support.platform import Caller, TestPlatform


@dataclass(frozen=True)
class Tenant:
    """An organization that is nobody's personal one."""

    platform: TestPlatform
    owner: Caller

    @property
    def id(self) -> str:
        return self.owner.organization_id

    async def invite(self, email: str, *roles: str, by: Caller | None = None) -> str:
        """Invite an address and read the token in its mail."""
        earlier = len(self.platform.mails())
        answer = await self.platform.client.post(
            "/api/v1/invitations",
            json={"email": email, "roles": roles},
            headers=(by or self.owner).headers,
        )
        assert answer.status_code == 201, answer.text
        await self.platform.work()
        [mail] = self.platform.mails()[earlier:]
        return invitation_token(mail)

    async def member(self, email: str, *roles: str) -> Caller:
        """A new person who joined with these roles, signed in to the organization."""
        token = await self.invite(email, *roles)
        person = await self.platform.owner(email)
        answer = await self.platform.client.post(
            "/api/v1/invitations/accept", json={"token": token}, headers=person.headers
        )
        assert answer.status_code == 200, answer.text
        return await self.platform.sign_in(email, self.id)


async def create_tenant(platform: TestPlatform, email: str, name: str) -> Tenant:
    """A new organization of a new person, who is signed in to it."""
    person = await platform.owner(email)
    answer = await platform.client.post(
        "/api/v1/organizations", json={"name": name}, headers=person.headers
    )
    assert answer.status_code == 201, answer.text
    return Tenant(platform, await platform.sign_in(email, answer.json()["id"]))


def invitation_token(mail: EmailMessage) -> str:
    """The invitation code: it has a line of the text to itself."""
    text = mail.get_body(("plain",))
    assert text is not None
    lines = [line.strip() for line in text.get_content().splitlines()]
    [token] = [line for line in lines if line.startswith("inv_")]
    return token
