"""What a token is to be for: the resource behind an identifier, and the one a client means."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Protocol

from argus.kernel.db.unit_of_work import Database
from argus.kernel.ids import OrganizationId
from argus.kernel.principal import system
from argus.services.auth.resources.errors import InvalidTarget
from argus.services.auth.resources.models import ResourceRow
from argus.services.auth.resources.repository import ResourceRepository
from argus.services.auth.resources.resource import (
    IDENTITY_SCOPES,
    Resource,
    comparable,
    platform_resource,
)
from argus.services.auth.revocations.feed import RevocationFeed
from argus.services.auth.revocations.memory import Memory
from argus.services.auth.revocations.picture import key_of
from argus.services.auth.revocations.repository import resource_subject, touched

PLATFORM_PATHS = ("", "/mcp")
"""Places of the platform that clients name as their resource; all are the platform."""

_REMEMBERED = timedelta(hours=1)
_MOST_REMEMBERED = 10_000


class Linked(Protocol):
    """A client, as far as it matters here: audiences it may get tokens for; none: any."""

    @property
    def resources(self) -> Sequence[str]: ...


class ResourceRegistry:
    """Finds resources. Use it outside of a begun unit of work: it opens its own."""

    def __init__(self, database: Database, issuer: str, feed: RevocationFeed) -> None:
        self._database, self._feed = database, feed
        self._known = Memory[str, Resource](feed, database.clock, _MOST_REMEMBERED)
        self.platform = platform_resource(issuer)
        self._platform_spellings = {comparable(issuer + path) for path in PLATFORM_PATHS}

    def is_platforms(self, identifier: str) -> bool:
        """Whether the identifier is the platform, or an address below it."""
        spelling, issuer = comparable(identifier), comparable(self.platform.identifier)
        return spelling == issuer or spelling.startswith((f"{issuer}/", f"{issuer}?"))

    async def find(self, identifier: str) -> Resource | None:
        """The resource that this identifier names; the answer has it in its registered spelling.

        What is remembered will do, as long as the feed is current: a change takes effect when this
        process hears of it.
        """
        lookup = comparable(identifier)
        if lookup in self._platform_spellings:
            return self.platform
        resource = self._known.recall(lookup) if self._feed.is_current else None
        if resource is not None:
            return resource
        sequence, now = self._feed.sequence, self._database.clock.now()
        async with self._database.unit_of_work(system("auth")) as uow:
            row = await ResourceRepository(uow).find(lookup)
        if row is None:
            return None
        resource = of_row(row)
        self._known.remember(
            lookup,
            resource,
            sequence=sequence,
            rests_on=(key_of(touched(resource_subject(lookup))),),
            until=now + _REMEMBERED,
        )
        return resource

    async def target(
        self, client: Linked, identifier: str | None, scopes: Iterable[str]
    ) -> Resource:
        """What a token of this client is to be for, when it asks for these scopes.

        Clients that leave `resource` out get a token for their single one. Those that have none
        linked would get one for the platform, and may be meaning to send it to somebody else: that
        token may tell who the person is, and nothing more.

        Raises:
            InvalidTarget
        """
        if identifier is None:
            if len(client.resources) == 1:
                [identifier] = client.resources
            elif not client.resources and set(scopes) <= IDENTITY_SCOPES.keys():
                return self.platform
            else:
                raise InvalidTarget("name the resource that the token is for")
        resource = await self.find(identifier)
        if resource is None or (client.resources and resource.identifier not in client.resources):
            raise InvalidTarget("the resource is unknown, or not one of this client")
        return resource


def of_row(row: ResourceRow) -> Resource:
    """The resource that an organization registered in this row."""
    return Resource(
        identifier=row.identifier,
        name=row.name,
        scopes=row.scopes | dict(IDENTITY_SCOPES),
        organization_id=OrganizationId(row.organization_id),
    )
