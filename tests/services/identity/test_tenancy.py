"""Each of the two walls around a tenant holds with the other one down."""

from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import ProgrammingError

from argus.kernel.ids import OrganizationId, UserId, parse_id
from argus.kernel.principal import system
from argus.services.identity.invitations.models import Invitation
from argus.services.identity.invitations.repository import InvitationRepository
from argus.services.identity.members.models import Membership
from argus.services.identity.members.repository import MemberRepository
from argus.services.identity.organizations.models import Organization
from argus.services.identity.organizations.repository import OrganizationRepository
from argus.services.identity.scope import as_user, enter_organization, with_invitation
from support.organizations import Tenant
from support.platform import TestPlatform

TABLES = [Organization, Membership, Invitation]
REPOSITORIES = [OrganizationRepository, MemberRepository, InvitationRepository]


def organization_id(public: str) -> OrganizationId:
    return OrganizationId(parse_id("org", public))


@pytest.fixture
async def tenants(acme: Tenant, globex: Tenant) -> list[OrganizationId]:
    """Two organizations with a member and an invitation each."""
    await acme.invite("bob@example.com", "member")
    await globex.invite("bob@example.com", "member")
    return [organization_id(acme.id), organization_id(globex.id)]


async def test_rls_alone_shows_a_tenant_its_own_rows(
    platform: TestPlatform, tenants: list[OrganizationId]
) -> None:
    for tenant in tenants:
        async with platform.unit_of_work("identity", system("identity", tenant)) as uow:
            for table in TABLES:
                assert set(await uow.session.scalars(select(table.organization_id))) == {tenant}


async def test_rls_shows_nothing_when_no_tenant_is_set(
    platform: TestPlatform, tenants: list[OrganizationId]
) -> None:
    async with platform.unit_of_work("identity", system("identity")) as uow:
        for table in TABLES:
            assert await uow.session.scalar(select(func.count()).select_from(table)) == 0


async def test_the_repository_alone_shows_a_tenant_its_own_rows(
    platform: TestPlatform, tenants: list[OrganizationId]
) -> None:
    for tenant in tenants:
        async with platform.unit_of_work(
            "identity", system("identity", tenant), unscoped="one wall at a time"
        ) as uow:
            for repository in REPOSITORIES:
                rows = await uow.session.scalars(repository(uow).scoped())
                assert {row.organization_id for row in rows} == {tenant}


async def test_a_user_sees_their_own_memberships_and_nobody_elses(
    platform: TestPlatform, acme: Tenant, globex: Tenant
) -> None:
    ada = UserId(parse_id("usr", acme.owner.user_id))
    async with platform.unit_of_work("identity", system("identity")) as uow:
        await as_user(uow, ada)
        assert set(await uow.session.scalars(select(Membership.user_id))) == {ada}
        names = set(await uow.session.scalars(select(Organization.name)))
    assert names == {"Ada Owner", "Acme"}


async def test_a_user_cannot_write_what_they_only_see(platform: TestPlatform, acme: Tenant) -> None:
    async with platform.unit_of_work("identity", system("identity")) as uow:
        await as_user(uow, UserId(parse_id("usr", acme.owner.user_id)))
        with pytest.raises(ProgrammingError, match="row-level security"):
            await uow.session.execute(update(Membership).values(roles=["owner"]))
        await uow.session.rollback()


async def test_a_verified_token_shows_its_invitation_alone(
    platform: TestPlatform, tenants: list[OrganizationId]
) -> None:
    [first, _] = platform.query("select id from identity.invitations order by id")
    async with platform.unit_of_work("identity", system("identity")) as uow:
        await with_invitation(uow, UUID(str(first["id"])))
        assert list(await uow.session.scalars(select(Invitation.id))) == [first["id"]]


async def test_what_was_opened_closes_with_the_transaction(
    platform: TestPlatform, tenants: list[OrganizationId]
) -> None:
    async with platform.unit_of_work("identity", system("identity")) as uow:
        await enter_organization(uow, tenants[0])
        assert await uow.session.scalar(select(func.count()).select_from(Membership))
        connection = await uow.session.scalar(text("select pg_backend_pid()"))
    async with platform.unit_of_work("identity", system("identity")) as uow:
        assert await uow.session.scalar(text("select pg_backend_pid()")) == connection
        assert await uow.session.scalar(select(func.count()).select_from(Membership)) == 0
