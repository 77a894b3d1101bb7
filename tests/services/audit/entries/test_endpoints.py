"""Every event is one entry of its organization's chain, found, verified and exported."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest
from psycopg.errors import InsufficientPrivilege

from argus.apps.operator import verify_export
from argus.contracts.audit.rpc import VERIFY_CHAIN
from argus.contracts.audit.v1 import audit_pb2 as pb
from argus.kernel import context
from support.audit import Log
from support.platform import TestPlatform

OURS = "organization_id = %(organization)s"
SWAP = (
    f"update audit.entry one set body = two.body from audit.entry two where one.{OURS}"
    f" and two.{OURS} and (one.seq, two.seq) in ((4, 5), (5, 4))"
)
TAMPERING = [
    (
        "an entry is changed",
        f"update audit.entry set body = body || ' ' where {OURS} and seq = 4",
        "entry 4 was changed",
    ),
    (
        "an entry is deleted",
        f"delete from audit.entry where {OURS} and seq = 4",
        "entry 4 is missing",
    ),
    (
        "the end is cut off",
        f"delete from audit.entry where {OURS} and seq > 3",
        "entries after 3 are missing, {last} were written",
    ),
    (
        "everything is deleted",
        f"delete from audit.entry where {OURS}",
        "entries after 0 are missing, {last} were written",
    ),
    (
        "two entries are swapped",
        SWAP,
        "entry 4 was changed",
    ),
    (
        "the last entry has another hash",
        f"update audit.entry set hash = previous_hash where {OURS} and seq = {{last}}",
        "entry {last} was changed",
    ),
    (
        "another end is noted",
        f"update audit.chain set head = sha256('x') where {OURS}",
        "entry {last} is not the one written last",
    ),
    (
        "no end is noted",
        f"delete from audit.chain where {OURS}",
        "entry 1 was never written by the log",
    ),
]


@pytest.mark.operation("list_audit_entries")
async def test_every_event_is_one_entry_even_when_it_is_relayed_twice(
    platform: TestPlatform, log: Log
) -> None:
    await log.record(5)
    waiting = platform.query("select * from billing.outbox")
    assert len(waiting) == 1
    await platform.relay()
    platform.owner_connection.execute(
        "insert into billing.outbox (id, organization_id, topic, type, key, shard, envelope)"
        " select %(id)s, %(organization_id)s, %(topic)s, %(type)s, %(key)s, %(shard)s,"
        " cast(%(text)s as jsonb)",
        {**waiting[0], "text": json.dumps(waiting[0]["envelope"])},
    )
    await platform.relay()
    assert (await log.types()).count("UsageRecorded") == 6
    assert not platform.query("select * from audit.dead_letter")
    assert await log.verdict() == (True, "")


@pytest.mark.operation("list_audit_entries")
async def test_an_entry_says_who_did_what_and_when(platform: TestPlatform, log: Log) -> None:
    [newest, *_] = (await log.get("entries"))["entries"]
    assert (newest["type"], newest["subject"]) == ("UsageRecorded", log.owner.organization_id)
    assert newest["principal"] == log.owner.user_id
    assert newest["time"] == platform.clock.now().isoformat()
    assert newest["event"]["data"]["quantities"] == {"api_calls": 1}
    assert newest["event"]["principal"]["address"] == "127.0.0.1"


@pytest.mark.operation("list_audit_entries")
async def test_entries_are_found_by_type_subject_person_and_time(
    platform: TestPlatform, log: Log
) -> None:
    platform.clock.advance(timedelta(minutes=5, microseconds=7))
    after = platform.clock.now().isoformat()
    await log.record(5)
    await platform.relay()
    assert set(await log.types(type="UsageRecorded")) == {"UsageRecorded"}
    assert await log.types(type="NoSuchType") == []
    assert "UserSignedIn" in await log.types(subject=log.owner.user_id)
    assert await log.types(principal=log.owner.user_id) == ["UsageRecorded"] * 6
    assert await log.types(since=after) == ["UsageRecorded"]
    assert len(await log.types(until=after)) == len(await log.types()) - 1
    in_another_zone = "2030-01-01T14:05:00.000007+02:00"
    assert await log.types(since=in_another_zone) == ["UsageRecorded"]
    assert await log.types(type="UsageRecorded", since=after, until=after) == []


@pytest.mark.operation("list_audit_entries")
async def test_pages_follow_each_other_without_gap_or_repetition(log: Log) -> None:
    every = [entry["seq"] for entry in (await log.get("entries", limit=200))["entries"]]
    assert every == list(range(len(every), 0, -1))
    seen: list[int] = []
    page = await log.get("entries", limit=2)
    while True:
        seen += [entry["seq"] for entry in page["entries"]]
        if page["next_cursor"] is None:
            break
        await log.record(100 + len(seen))  # what is appended meanwhile moves no page
        await log.platform.relay()
        page = await log.get("entries", limit=2, cursor=page["next_cursor"])
    assert seen == every


@pytest.mark.operation("list_audit_entries", "verify_audit_log", "export_audit_log")
async def test_two_organizations_have_chains_of_their_own(platform: TestPlatform, log: Log) -> None:
    other = Log(platform, await platform.owner())
    await platform.relay()
    assert "UsageRecorded" not in await other.types()
    ours = await platform.client.get("/api/v1/audit/export", headers=other.owner.headers)
    assert log.owner.organization_id not in ours.text
    with log.tampered(
        "update audit.entry set body = '{}' where organization_id = %(organization)s"
    ):
        assert (await log.verdict())[0] is False
        assert await other.verdict() == (True, "")


@pytest.mark.operation("verify_audit_log")
async def test_tampering_is_told_with_its_place(log: Log) -> None:
    last = (await log.get("verify"))["entries"]
    for what, statement, problem in TAMPERING:
        with log.tampered(statement.format(last=last)):
            assert await log.verdict() == (False, problem.format(last=last)), what
    assert await log.verdict() == (True, "")


async def test_the_service_itself_can_neither_change_nor_delete_entries(
    platform: TestPlatform, log: Log
) -> None:
    for statement in (
        "update entry set body = '{}'",
        "delete from entry",
        "truncate entry",
        "delete from chain",
    ):
        async with await platform.modules["audit"].database.connect() as connection:
            with pytest.raises(InsufficientPrivilege):
                await connection.execute(statement.encode())


@pytest.mark.operation("export_audit_log")
async def test_an_export_is_verified_without_the_platform(
    platform: TestPlatform, log: Log, tmp_path: Path
) -> None:
    exported = await platform.client.get("/api/v1/audit/export", headers=log.owner.headers)
    file = tmp_path / "export.jsonl"
    file.write_bytes(exported.content)
    verdict, online = verify_export(file), await log.get("verify")
    assert (verdict.valid, verdict.entries, verdict.head.hex()) == (
        True,
        online["entries"],
        online["head"],
    )
    file.write_text(exported.text.replace("api_calls", "free_calls", 1))
    assert not verify_export(file).valid


@pytest.mark.operation("verify_audit_log")
async def test_concurrent_appends_keep_the_chain_whole(platform: TestPlatform, log: Log) -> None:
    before = (await log.get("verify"))["entries"]
    for number in range(10, 30):  # one by one: what comes at the same time is one event
        await log.record(number)
    async with asyncio.TaskGroup() as tasks:
        for _ in range(4):  # each takes the shards that the others do not hold
            tasks.create_task(platform.relay())
    await platform.relay()
    verdict = await log.get("verify")
    assert (verdict["valid"], verdict["entries"]) == (True, before + 20)


async def test_services_may_ask_whether_the_chain_holds(log: Log) -> None:
    context.principal.set(log.principal)
    answer = await log.platform.rpc.call(VERIFY_CHAIN, pb.VerifyChainRequest())
    assert (answer.valid, answer.entries) == (True, (await log.get("verify"))["entries"])


@pytest.mark.operation("list_audit_entries")
async def test_bad_searches_are_refused(platform: TestPlatform, log: Log) -> None:
    for params in (
        {"cursor": "0"},
        {"cursor": "x"},
        {"cursor": str(2**63)},
        {"limit": "201"},
        {"since": "2030-01-01T00:00:00"},
        {"since": "0001-01-01T00:00:00+14:00"},
        {"type": "a\x00b"},
        {"type": "x" * 101},
    ):
        answer = await platform.client.get(
            "/api/v1/audit/entries", params=params, headers=log.owner.headers
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "kernel.request.invalid"), (
            params
        )
