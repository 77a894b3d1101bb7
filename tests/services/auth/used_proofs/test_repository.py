"""Proofs that are good for one use, however many present them together."""

from datetime import timedelta

from argus.kernel.principal import system
from argus.services.auth.used_proofs.repository import UsedProof, UsedProofs
from support.platform import TestPlatform


async def test_of_equal_proofs_in_one_statement_the_first_is_used(platform: TestPlatform) -> None:
    until = platform.clock.now() + timedelta(minutes=1)
    proofs = [UsedProof.of("assertion", "client", jti, until) for jti in ("a", "b", "a", "a")]
    async with platform.unit_of_work("auth", system("auth")) as uow:
        used = await UsedProofs(uow).use_all(proofs)
    assert {*used} == {proofs[0], proofs[1]}
    async with platform.unit_of_work("auth", system("auth")) as uow:
        assert await UsedProofs(uow).use_all(proofs) == []
        assert not await UsedProofs(uow).use("assertion", "client", "b", until)
        assert await UsedProofs(uow).use("assertion", "another client", "b", until)
