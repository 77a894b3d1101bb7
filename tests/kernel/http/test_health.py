"""Health tells everyone a state; metrics tell operators counts, and nothing of any tenant."""

import pytest

from support.platform import TestPlatform
from support.toy import Toy


@pytest.mark.operation("get_health", "get_services_health")
async def test_a_process_is_healthy_while_every_service_reaches_its_database(
    platform: TestPlatform,
) -> None:
    answer = await platform.client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    services = (await platform.client.get("/api/v1/health/services")).json()
    assert services["status"] == "ok"
    assert [service["name"] for service in services["services"]] == list(platform.modules)
    assert {service["status"] for service in services["services"]} == {"ok"}


async def test_a_service_without_its_database_is_named(platform: TestPlatform) -> None:
    platform.owner_connection.execute("alter role argus_notify nologin")
    platform.query(
        "select pg_terminate_backend(pid, 30000) from pg_stat_activity"
        " where usename = 'argus_notify'"
    )
    try:
        health = await platform.client.get("/health")
        services = (await platform.client.get("/api/v1/health/services")).json()
    finally:
        platform.owner_connection.execute("alter role argus_notify login")
    assert (health.status_code, health.json()["code"]) == (503, "kernel.service.unavailable")
    assert services["status"] == "degraded"
    assert [s["name"] for s in services["services"] if s["status"] == "down"] == ["notify"]


@pytest.mark.operation("get_services_health", "get_metrics")
async def test_waiting_events_and_dead_letters_are_counted(platform: TestPlatform) -> None:
    owner = await platform.owner()
    platform.owner_connection.execute(
        "insert into audit.dead_letter values ('audit.write', gen_random_uuid(), '{}', 'why')"
    )
    answer = await platform.client.get("/api/v1/health/services")
    counts = {
        service["name"]: (service["outbox_waiting"], service["dead_letters"])
        for service in answer.json()["services"]
    }
    assert counts["identity"] == (len(platform.outbox("identity")), 0)
    assert counts["identity"] > (0, 0)
    assert counts["audit"] == (0, 1)
    assert answer.json()["status"] == "degraded"
    metrics = await platform.client.get("/metrics")
    waiting = f'argus_relay_outbox_waiting{{service="identity"}} {counts["identity"][0]}.0'
    assert waiting in metrics.text
    for answered in (answer, metrics):
        assert owner.organization_id not in answered.text


@pytest.mark.parametrize("path", ["/metrics", "/api/v1/health/services"])
async def test_counts_that_tell_what_came_of_a_request_are_for_operators(
    toy: Toy, path: str
) -> None:
    async with toy.client(peer="203.0.113.7") as stranger:
        assert (await stranger.get(path)).status_code == 403
        assert (await stranger.get("/health")).status_code == 200
    settings = toy.settings.model_copy(update={"operator_networks": ("203.0.113.0/24",)})
    async with toy.client(peer="203.0.113.7", settings=settings) as operator:
        assert (await operator.get(path)).status_code == 200
