"""`kill -9` of every part of a platform at work: nothing is lost, and nothing happens twice."""

import json
import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from argus.kernel.postgres import EmbeddedPostgres
from support.paced import PacedPages, paced
from support.processes import RunningPlatform, eventually, processes_of, running

TIERS = """
version: 1
currency: USD
meters: [qa_runs, api_calls]
tiers:
  free: {price_minor: 0, requests_per_minute: 6000, features: {qa_runs: 10, api_calls: unlimited}}
"""
PAGES = 8
SCOPES = ["usage:record", "test:execute", "results:read", "results:export"]


class Customer(threading.Thread):
    """Records one use after the other, each again and again until it is answered with 202."""

    def __init__(self, url: str, key: str) -> None:
        super().__init__(daemon=True)
        self.url, self._key = url, key
        self._leaving = threading.Event()
        self.recorded = 0

    def run(self) -> None:
        with httpx.Client(trust_env=False, headers={"X-API-Key": self._key}, timeout=10) as client:
            while not self._leaving.wait(0.02):
                while not self._records(client):
                    self._leaving.wait(0.1)
                self.recorded += 1

    def _records(self, client: httpx.Client) -> bool:
        event = {"id": f"use-{self.recorded}", "source": "shop", "meter": "api_calls"}
        try:
            answer = client.post(f"{self.url}/api/v1/billing/usage", json={"events": [event]})
        except httpx.TransportError:
            return False
        assert answer.status_code in {202, 429, 503, 504}, answer.text
        return answer.status_code == 202

    def leave(self) -> int:
        """Stop after the use that is being recorded; how many there were."""
        self._leaving.set()
        self.join(60)
        assert not self.is_alive()
        return self.recorded


@contextmanager
def signed_in(platform: RunningPlatform, password: str) -> Iterator[httpx.Client]:
    """The owner's client."""
    with httpx.Client(base_url=platform.url, trust_env=False, timeout=30) as client:
        credentials = {"email": "owner@argus.local", "password": password}
        answer = client.post("/api/v1/auth/sign-in", json=credentials)
        assert answer.status_code == 200, answer.text
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield client


def rows(home: Path, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(EmbeddedPostgres(home).dsn, connect_timeout=5) as connection:
        return connection.execute(statement.encode()).fetchall()


def wait_for_judged(home: Path, count: int) -> None:
    eventually(lambda: rows(home, "select count(*) from qa.test_result")[0][0] >= count)


def kill(platform: RunningPlatform, name: str) -> None:
    pid = platform.child(name)
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: platform.child(name) != pid)


@pytest.mark.timeout(1200)
def test_kills_of_every_part_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    home, tiers = tmp_path / "home", tmp_path / "tiers.yaml"
    tiers.write_text(TIERS)
    settings = {"ARGUS_BILLING_TIERS_FILE": str(tiers)}
    with paced(PAGES) as pages:
        with running(home, **settings) as platform:
            password = platform.password
            with signed_in(platform, password) as owner:
                made = owner.post("/api/v1/api-keys", json={"name": "shop", "scopes": SCOPES})
                key = made.json()["secret"]
            customer = Customer(platform.url, key)
            customer.start()
            run_id = start_run(platform, key, pages)
            kill_in_mid_run(platform, pages)
        with running(home, **settings) as platform, signed_in(platform, password) as owner:
            customer.url = platform.url
            pages.let_go()
            run = eventually(lambda: ended(owner, run_id))
            uses = customer.leave()
            eventually(lambda: rows(home, OUTBOXES) == [(0,)])

            assert run["status"] == "passed"
            assert pages.asked_for(1) == 1, "a test that was judged is not repeated"
            check_results(owner, run_id)
            check_progress(home)
            usage = owner.get("/api/v1/billing/usage").json()["meters"]
            assert usage == [
                {"meter": "api_calls", "quantity": uses, "events": uses},
                {"meter": "qa_runs", "quantity": 1, "events": 1},
            ]
            check_audit(owner, uses)
            verified = platform.cli("audit", "verify", "--json")
            assert verified.returncode == 0, verified.stdout
            assert rows(home, DEAD_LETTERS) == [(0,)]


SERVICES = ("auth", "identity", "billing", "audit", "notify", "qa")
OUTBOXES = (
    "select sum(n) from ("
    + " union all ".join(f"select count(*) n from {service}.outbox" for service in SERVICES)
    + ") waiting"
)
DEAD_LETTERS = OUTBOXES.replace(".outbox", ".dead_letter")


def start_run(platform: RunningPlatform, key: str, pages: PacedPages) -> str:
    answer = httpx.post(
        f"{platform.url}/api/v1/qa/runs",
        json={"app_url": pages.site.url, "suite": pages.suite.model_dump(mode="json")},
        headers={"X-API-Key": key},
        trust_env=False,
        timeout=30,
    )
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


def kill_in_mid_run(platform: RunningPlatform, pages: PacedPages) -> None:
    """Kill one part after the other, each while a page of the run's next test is awaited."""
    for number, name in enumerate(("worker", "postgres", "serve"), start=1):
        pages.let_go(number)
        wait_for_judged(platform.home, number)
        kill(platform, name)
    pages.let_go(4)
    wait_for_judged(platform.home, 4)
    platform.supervisor.kill()
    platform.supervisor.wait()
    eventually(lambda: processes_of(platform.home) == [])


def ended(owner: httpx.Client, run_id: str) -> dict[str, Any] | None:
    run = owner.get(f"/api/v1/qa/runs/{run_id}").json()
    return run if run["status"] not in {"queued", "running"} else None


def check_results(owner: httpx.Client, run_id: str) -> None:
    """Each test has passed, once."""
    tests = owner.get(f"/api/v1/qa/runs/{run_id}/report").json()["tests"]
    expected = [(f"page-{number}", "passed") for number in range(1, PAGES + 1)]
    assert [(test["id"], test["status"]) for test in tests] == expected


def check_progress(home: Path) -> None:
    """The run's events are numbered without gaps, and end once."""
    events = rows(home, "select seq, type from qa.run_event order by seq")
    assert [number for number, _ in events] == list(range(1, len(events) + 1))
    types = [type_ for _, type_ in events]
    assert (types.count("test_judged"), types.count("run_ended")) == (PAGES, 1)
    assert types[-1] == "run_ended"


def check_audit(owner: httpx.Client, uses: int) -> None:
    """Each event that was emitted is exactly one entry."""
    export = owner.get("/api/v1/audit/export")
    events = [json.loads(json.loads(line)["body"]) for line in export.text.splitlines()]
    assert len({event["id"] for event in events}) == len(events)
    types = Counter(event["type"] for event in events)
    assert (types["TestRunStarted"], types["TestPassed"], types["TestRunEnded"]) == (1, PAGES, 1)
    recorded = Counter[str]()
    for event in events:
        if event["type"] == "UsageRecorded":
            recorded.update(event["data"]["quantities"])
    assert recorded == {"api_calls": uses, "qa_runs": 1}
