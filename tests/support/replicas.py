"""A second replica of the auth service, on the database of a running platform."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from pydantic import SecretStr
from sqlalchemy import make_url

from argus.apps.compose import Composition, compose
from argus.apps.serve import build_app
from argus.kernel.errors import DeadlineExceeded, Unauthenticated
from argus.kernel.principal import Principal
from argus.services.auth.revocations.feed import RevocationFeed
from support.platform import TestPlatform
from support.wire import Change, Wire, becomes, unchanged, wire

HERE = "127.0.0.1"


@dataclass(frozen=True)
class Replica:
    """Hosts the auth service alone, and hears of the others through the database."""

    composition: Composition
    client: httpx.AsyncClient
    wire: Wire
    """Its way to the database."""

    @property
    def feed(self) -> RevocationFeed:
        return self.composition.modules[0].resources.get(RevocationFeed)

    async def principal(self, credential: str) -> Principal | None:
        """Whom its edge takes the sender of this credential for; None if it refuses."""
        authenticator = self.composition.modules[0].authenticator
        assert authenticator is not None
        async with asyncio.timeout(30):
            while True:
                try:
                    return await authenticator.authenticate("Bearer", credential, HERE)
                except Unauthenticated:
                    return None
                except DeadlineExceeded:
                    continue  # of a busy machine

    async def refuses(self, credential: str) -> None:
        """Return as soon as it refuses the credential; fail after some seconds."""
        async with asyncio.timeout(30):
            while await self.principal(credential) is not None:
                await self.feed.news(0.1)


@asynccontextmanager
async def replica(
    platform: TestPlatform, back: Callable[[], Change] = unchanged
) -> AsyncGenerator[Replica]:
    """The second replica, once it hears what happens; `back` is what the database's bytes become
    on their way to it.
    """
    first = platform.composition
    database_url = first.settings.database_url
    assert database_url is not None
    url = make_url(database_url.get_secret_value())
    async with wire(url.host or HERE, url.port or 5432, back) as way:
        through = url.set(host=HERE, port=way.port).render_as_string(hide_password=False)
        settings = first.settings.model_copy(update={"database_url": SecretStr(through)})
        async with compose(settings, first.keyring, platform.clock, ["auth"]) as composition:
            app = build_app(composition)
            transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(HERE, 1))
            async with (
                app.router.lifespan_context(app),
                httpx.AsyncClient(transport=transport, base_url="http://replica.test") as client,
            ):
                running = Replica(composition, client, way)
                await becomes(lambda: running.feed.is_current)
                yield running
