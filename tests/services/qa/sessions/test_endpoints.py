from typing import Any

import httpx
import pytest

from services.qa.conftest import NotesApp
from support.runs import Runs, parse_events

SESSIONS = "/api/v1/discovery/sessions"


async def post(runs: Runs, path: str, **body: Any) -> httpx.Response:
    return await runs.platform.client.post(path, json=body, headers=runs.owner.headers)


@pytest.mark.timeout(240)
@pytest.mark.operation(
    "start_discovery", "get_discovery", "get_discovered_site", "stream_discovery"
)
async def test_a_session_tells_what_it_found_and_tests_nothing(runs: Runs, notes: NotesApp) -> None:
    started = await post(runs, SESSIONS, app_url=notes.url, max_pages=3)
    assert (started.status_code, started.json()["goal"]) == (202, "discover")
    path = f"{SESSIONS}/{started.json()['id']}"
    assert (await runs.get(f"{path}/site")).json()["code"] == "qa.run.not_ended"
    await runs.platform.work()
    seen = (await runs.get(path)).json()
    assert (seen["status"], seen["pages"]) == ("passed", ["/", "/add"])
    site = (await runs.get(f"{path}/site")).json()
    assert {page["url_template"] for page in site["pages"]} == {"/", "/add"}
    events = parse_events((await runs.get(f"{path}/stream")).text)
    assert "discovery_state" in {event["event"] for event in events}
    assert events[-1]["event"] == "run_ended"
    assert notes.notes == []


@pytest.mark.timeout(240)
@pytest.mark.operation("start_discovery", "get_discovery", "start_run")
async def test_a_session_leaves_alone_what_is_excluded(runs: Runs, notes: NotesApp) -> None:
    started = await post(runs, SESSIONS, app_url=notes.url, exclude=["/add*"])
    await runs.platform.work()
    seen = (await runs.get(f"{SESSIONS}/{started.json()['id']}")).json()
    assert (seen["status"], seen["pages"]) == ("passed", ["/"])
    for wrong in ({"exclude": ["add"]}, {"goal": "api", "exclude": ["/add"]}):
        refused = await post(runs, "/api/v1/qa/runs", app_url=notes.url, **wrong)
        assert (refused.status_code, refused.json()["code"]) == (422, "kernel.request.invalid")


@pytest.mark.operation("pause_discovery", "resume_discovery", "cancel_discovery")
async def test_a_session_is_paused_resumed_and_cancelled(runs: Runs) -> None:
    started = await post(runs, SESSIONS, app_url=runs.pages.site.url)
    path = f"{SESSIONS}/{started.json()['id']}"
    for verb, status in (("pause", "paused"), ("resume", "queued"), ("cancel", "cancelled")):
        assert (await post(runs, f"{path}/{verb}")).json()["status"] == status
    await runs.platform.work()
    assert (await runs.get(path)).json()["status"] == "cancelled"
    assert runs.pages.site.asked == []


@pytest.mark.operation("list_discoveries")
async def test_only_sessions_are_listed_and_found(runs: Runs) -> None:
    run_id = await runs.start()
    ids = [(await post(runs, SESSIONS, app_url=runs.pages.site.url)).json()["id"] for _ in range(3)]
    first = (await runs.get(f"{SESSIONS}?limit=2")).json()
    rest = (await runs.get(f"{SESSIONS}?limit=2&cursor={first['next_cursor']}")).json()
    assert [each["id"] for each in first["sessions"] + rest["sessions"]] == ids[::-1]
    assert (await runs.get(f"{SESSIONS}/{run_id}")).json()["code"] == "qa.run.not_found"
    assert (await post(runs, f"{SESSIONS}/{run_id}/cancel")).status_code == 404
