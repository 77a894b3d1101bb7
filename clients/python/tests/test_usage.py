"""Usage is counted once, and nothing of it is lost without a word."""

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from argus_client import ArgusClient, AsyncArgusClient, Unavailable, UsageBufferFull, usage
from argus_client.fake_argus import FakeArgus
from argus_client.usage import UsageBuffer
from client_support import eventually, run

USAGE = "POST /api/v1/billing/usage"
DOWN = (503, {"code": "kernel.request.unavailable"})


def counted(fake: FakeArgus) -> list[tuple[str, int]]:
    return [(event["meter"], event["quantity"]) for event in fake.usage]


@pytest.fixture(autouse=True)
def told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sent before a test says so, however long that takes on a busy machine."""
    monkeypatch.setattr(usage, "SOON_S", 3600.0)


def test_usage_arrives_by_itself(
    argus: ArgusClient, argus_issuer: FakeArgus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage, "SOON_S", 0.1)
    argus.record_usage("api_calls")
    eventually(lambda: counted(argus_issuer) == [("api_calls", 1)])
    eventually(lambda: argus.usage_waiting == 0)


def test_many_events_are_one_request(argus: ArgusClient, argus_issuer: FakeArgus) -> None:
    for _ in range(500):
        argus.record_usage("api_calls", 2)
    argus.flush_usage()
    assert sum(quantity for _, quantity in counted(argus_issuer)) == 1000
    assert argus_issuer.asked.count(USAGE) == 1


def test_the_same_id_counts_once(argus: ArgusClient, argus_issuer: FakeArgus) -> None:
    for _ in range(3):
        argus.record_usage("api_calls", id="order-17")
        argus.flush_usage()
    [event] = argus_issuer.usage
    assert (event["id"], event["source"]) == ("order-17", "argus-client")


def test_it_says_when_the_use_was(argus: ArgusClient, argus_issuer: FakeArgus) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    argus.record_usage("api_calls", occurred_at=yesterday)
    argus.flush_usage()
    assert datetime.fromisoformat(argus_issuer.usage[0]["occurred_at"]) == yesterday


def test_what_could_not_be_sent_is_sent_later_and_counts_once(
    argus: ArgusClient, argus_issuer: FakeArgus
) -> None:
    argus_issuer.instead[USAGE] = [DOWN]
    argus.record_usage("api_calls", 7)
    with pytest.raises(Unavailable):
        argus.flush_usage()
    assert argus.usage_waiting == 1
    argus.flush_usage()
    assert counted(argus_issuer) == [("api_calls", 7)]


def test_closing_sends_what_waits(argus_issuer: FakeArgus) -> None:
    with ArgusClient(argus_issuer.settings) as argus:
        argus.record_usage("api_calls", 3)
    assert counted(argus_issuer) == [("api_calls", 3)]
    with pytest.raises(UsageBufferFull):
        argus.record_usage("api_calls")


async def test_so_does_closing_with_await(argus_issuer: FakeArgus) -> None:
    async with AsyncArgusClient(argus_issuer.settings) as argus:
        argus.record_usage("api_calls", 3)
        await argus.flush_usage()
        argus.record_usage("api_calls", 4)
    assert counted(argus_issuer) == [("api_calls", 3), ("api_calls", 4)]


def test_a_process_that_ends_without_closing_sends_what_waits(argus_issuer: FakeArgus) -> None:
    program = "from argus_client import *; ArgusClient().record_usage('api_calls', 9)"
    run("-c", program).check_returncode()
    assert counted(argus_issuer) == [("api_calls", 9)]


def test_a_full_buffer_refuses(argus_issuer: FakeArgus) -> None:
    argus_issuer.instead[USAGE] = [DOWN] * 9
    with ArgusClient(replace(argus_issuer.settings, buffered_usage=3)) as argus:
        for _ in range(3):
            argus.record_usage("api_calls")
        with pytest.raises(UsageBufferFull):
            argus.record_usage("api_calls")
        argus_issuer.instead.clear()
        argus.flush_usage()
        argus.record_usage("api_calls")
    assert len(argus_issuer.usage) == 4


def test_what_cannot_be_delivered_at_the_end_is_logged_whole(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def send(_: object) -> None:
        raise Unavailable("gone")

    buffer = UsageBuffer(send, "shop", 10)
    ids = [buffer.record("orders", 2, None, None) for _ in range(2)]
    with caplog.at_level(logging.ERROR, "argus_client"):
        left = buffer.close(0)
    assert [event.id for event in left] == ids
    [record] = caplog.records
    logged = json.loads(record.getMessage().partition("not delivered: ")[2])
    assert [(event["id"], event["quantity"]) for event in logged] == [(id_, 2) for id_ in ids]


def test_one_event_that_argus_refuses_does_not_hold_up_the_others(
    argus: ArgusClient, argus_issuer: FakeArgus, caplog: pytest.LogCaptureFixture
) -> None:
    refused = (422, {"code": "kernel.request.invalid", "detail": "unlikely"})
    argus_issuer.instead[USAGE] = [refused, refused, refused]  # all, the first half, its first
    for number in range(4):
        argus.record_usage("orders", number)
    with caplog.at_level(logging.ERROR, "argus_client"):
        argus.flush_usage()
    assert sorted(counted(argus_issuer)) == [("orders", 1), ("orders", 2), ("orders", 3)]
    assert '"quantity": 0' in caplog.text


@pytest.mark.parametrize(
    ("meter", "quantity", "id_"),
    [
        ("", 1, None),
        ("m" * 101, 1, None),
        ("m", -1, None),
        ("m", 10**13, None),
        ("m", 1, "i" * 201),
    ],
)
def test_what_can_never_be_counted_is_refused_at_once(
    argus: ArgusClient, meter: str, quantity: int, id_: str | None
) -> None:
    with pytest.raises(ValueError, match=r"character|quantity"):
        argus.record_usage(meter, quantity, id=id_)
    assert argus.usage_waiting == 0
