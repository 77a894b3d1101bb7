"""Heals of one organization, made as the worker makes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from argus.kernel.ids import OrganizationId, new_id, parse_id
from argus.kernel.principal import system
from argus.services.qa.outcome import Heal, Repair
from argus.services.qa.patterns.service import HealingService
from argus.services.qa.target import Fingerprint, Locator, LocatorKind, Target
from support.platform import Caller, TestPlatform

APP = "http://shop.example"


def target(name: str, identity: str) -> Target:
    """A button as a suite knows it."""
    locator = Locator(kind=LocatorKind.CSS, value=f'[id="{identity}"]')
    fingerprint = Fingerprint(tag="button", role="button", name=name)
    return Target(description=f'button "{name}"', locators=(locator,), fingerprint=fingerprint)


def repair(before: Target, after: Target, *, score: float = 0.9, margin: float = 0.5) -> Repair:
    """A proven heal of one into the other."""
    heal = Heal(
        step="s2",
        before=before.locators[0].value,
        after=after.locators[0].value,
        score=score,
        margin=margin,
        proven=True,
        reasons=("it is still called so",),
    )
    return Repair(heal=heal, before=before, after=after)


@dataclass(frozen=True)
class Heals:
    """The heals of one organization."""

    platform: TestPlatform
    owner: Caller

    async def ask(
        self, method: str, path: str, body: object = None, caller: Caller | None = None
    ) -> httpx.Response:
        return await self.platform.client.request(
            method,
            f"/api/v1/healing{path}",
            json=body,
            headers=(caller or self.owner).headers,
        )

    async def get(self, path: str) -> Any:
        answer = await self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def unit_of_work(self) -> Any:
        tenant = OrganizationId(parse_id("org", self.owner.organization_id))
        return self.platform.unit_of_work("qa", system("qa", tenant))

    async def learn(self, *repairs: Repair, app: str = APP) -> Sequence[str]:
        """Their states."""
        states: list[str] = []
        async with self.unit_of_work() as uow:
            for each in repairs:
                service = HealingService(uow, self.platform.clock)
                learnt = await service.learn(app, new_id(), "create-note", each)
                states.append(learnt.state.value)
        return states

    async def all(self) -> list[dict[str, Any]]:
        return (await self.get("/heals"))["items"]

    def told(self) -> list[str]:
        """Types of the events that wait to be published."""
        return [envelope["type"] for envelope in self.platform.outbox("qa")]


@pytest.fixture
async def heals(platform: TestPlatform) -> Heals:
    return Heals(platform, await platform.owner())
