from datetime import timedelta

from argus.contracts.billing.rpc import SET_TIER
from argus.contracts.billing.v1 import billing_pb2
from argus.kernel import context
from argus.kernel.ids import OrganizationId, parse_id
from argus.kernel.principal import system
from argus.services.qa.retention import BATCH
from support.belongings import fill
from support.organizations import create_tenant
from support.platform import TestPlatform


async def tidy(platform: TestPlatform, after: timedelta) -> None:
    platform.clock.advance(after)
    module = platform.modules["qa"]
    assert module.tidy is not None
    await module.tidy(platform.rpc)


def kept(platform: TestPlatform, table: str) -> int:
    [row] = platform.query(f"select count(*) from qa.{table}")
    return row["count"]


async def test_runs_are_kept_as_long_as_the_tier_says_and_then_gone_with_all_they_made(
    platform: TestPlatform,
) -> None:
    acme = await create_tenant(platform, "ada@acme.example", "acme")
    globex = await create_tenant(platform, "gil@globex.example", "globex")
    for tenant, word in ((acme, "acme"), (globex, "globex")):
        await fill(platform, tenant, word)
    platform.owner_connection.execute("update qa.run set ended_at = created_at")
    platform.owner_connection.execute(
        "insert into qa.run_event (run_id, organization_id, seq, type, data, at)"
        " select id, organization_id, 1, 'x', '{}', created_at from qa.run"
    )
    context.principal.set(system("qa", OrganizationId(parse_id("org", globex.id))))
    await platform.rpc.call(SET_TIER, billing_pb2.SetTierRequest(tier="explorer"))
    artifacts = platform.home / "artifacts" / "qa"

    await tidy(platform, timedelta(days=30))
    assert (kept(platform, "run"), len(list(artifacts.iterdir()))) == (2, 2)
    await tidy(platform, timedelta(days=1))
    left = platform.query("select organization_id from qa.run")
    assert [row["organization_id"] for row in left] == [parse_id("org", globex.id)]
    assert kept(platform, "run_event") == 1
    assert len(list(artifacts.iterdir())) == 1
    await tidy(platform, timedelta(days=60))
    assert kept(platform, "run") == 0


async def test_a_run_that_has_not_ended_and_the_latest_version_of_a_suite_are_kept_for_good(
    platform: TestPlatform,
) -> None:
    acme = await create_tenant(platform, "ada@acme.example", "acme")
    belongings = await fill(platform, acme, "acme")
    path = f"/api/v1/qa/suites/{belongings.by_prefix['suite']}/versions"
    suite = {"app_url": "http://127.0.0.1:9/", "seed": 0, "tests": []}
    added = await platform.client.post(path, json={"suite": suite}, headers=acme.owner.headers)
    assert added.status_code == 201
    await tidy(platform, timedelta(days=1000))
    assert kept(platform, "run") == 1
    assert platform.query("select number from qa.suite_version") == [{"number": 2}]


async def test_more_runs_than_one_transaction_takes_are_deleted(
    platform: TestPlatform,
) -> None:
    acme = await create_tenant(platform, "ada@acme.example", "acme")
    await fill(platform, acme, "acme")
    platform.owner_connection.execute(
        "insert into qa.run (id, organization_id, app_url, status, options, seed, created_by,"
        " created_at, ended_at) select gen_random_uuid(), organization_id, '', 'passed', '{}', 0,"
        " '', created_at, created_at from qa.run, generate_series(1, %s)",
        (2 * BATCH,),
    )
    await tidy(platform, timedelta(days=1000))
    assert kept(platform, "run") == 1, "the one that has not ended"
