"""Epochs against clocks: see ADR 0015."""

from datetime import timedelta

from argus.kernel.ids import OrganizationId, new_id
from argus.kernel.principal import system
from argus.services.auth.revocations.repository import Revocations
from support.platform import NOW, TestPlatform

SYSTEM = system("auth")


async def test_what_was_issued_before_is_dead_and_what_is_issued_after_lives(
    platform: TestPlatform,
) -> None:
    """In the same instant of the clock."""
    user, here, there = new_id(), OrganizationId(new_id()), OrganizationId(new_id())
    async with platform.unit_of_work("auth", SYSTEM) as uow:
        revocations = Revocations(uow)
        before = await revocations.now()
        await revocations.revoke(user, NOW, within=here)
        after = await revocations.now()
        assert await revocations.revoked_after(before, [user], here)
        assert not await revocations.revoked_after(after, [user], here)
        assert not await revocations.revoked_after(before, [user], there)
        await revocations.revoke(user, NOW)
        assert await revocations.revoked_after(after, [user], there)


async def test_an_ended_subject_stays_ended(platform: TestPlatform) -> None:
    """Also for a token that is being issued while its session ends."""
    session, organization = new_id(), OrganizationId(new_id())
    async with platform.unit_of_work("auth", SYSTEM) as uow:
        revocations = Revocations(uow)
        await revocations.end([session], NOW)
        await revocations.revoke(new_id(), NOW)
        assert await revocations.revoked_after(await revocations.now(), [session], organization)


async def test_an_epoch_never_goes_back_when_its_transaction_does(platform: TestPlatform) -> None:
    subject, organization = new_id(), OrganizationId(new_id())
    async with platform.unit_of_work("auth", SYSTEM) as uow:
        before = await Revocations(uow).now()
        await Revocations(uow).revoke(subject, NOW)
        await uow.session.rollback()
    async with platform.unit_of_work("auth", SYSTEM) as uow:
        assert await Revocations(uow).now() > before
        assert not await Revocations(uow).revoked_after(before, [subject], organization)


async def test_a_revocation_is_forgotten_when_its_tokens_have_expired(
    platform: TestPlatform,
) -> None:
    life = timedelta(minutes=11)
    async with platform.unit_of_work("auth", SYSTEM) as uow:
        await Revocations(uow).end([new_id()], NOW)
        await Revocations(uow).forget(NOW + life, life)
    assert len(platform.query("select subject from auth.revocation")) == 1
    async with platform.unit_of_work("auth", SYSTEM) as uow:
        await Revocations(uow).forget(NOW + life + timedelta(seconds=1), life)
    assert platform.query("select subject from auth.revocation") == []
