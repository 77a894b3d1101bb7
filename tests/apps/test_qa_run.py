import asyncio

import httpx
import pytest

from argus.apps.qa_run import NoWorker, RemoteRuns
from argus.kernel.http import sse
from support.website import Answer, Stall, WebSite, serve
from support.wire import becomes

STREAM, CANCEL = "/api/v1/stream/test/run_1", "/api/v1/qa/runs/run_1/cancel"


def stream(*kinds: str) -> Answer:
    told = b"".join(sse.event(kind, {}, number) for number, kind in enumerate(kinds))
    return Answer(told.decode(), headers={"Content-Type": "text/event-stream"})


@pytest.mark.parametrize(
    ("patience_s", "kinds"),
    [(0, ["run_waiting"]), (60, ["run_waiting", "phase_started", "run_ended"])],
    ids=["for too long", "for a while"],
)
async def test_a_command_waits_for_a_worker_in_bounded_time_and_then_cancels_its_run(
    patience_s: float, kinds: list[str]
) -> None:
    site = WebSite({STREAM: stream(*kinds), CANCEL: Answer("{}")})
    with serve(site):
        async with httpx.AsyncClient(base_url=site.url) as client:
            runs, seen = RemoteRuns(client, patience_s), list[str]()
            try:
                seen += [event.type async for event in runs.follow("run_1")]
            except NoWorker:
                assert not patience_s
    assert seen == (kinds if patience_s else [])
    cancelled = [asked.path for asked in site.asked if asked.method == "POST"]
    assert cancelled == ([] if patience_s else [CANCEL])


async def test_whoever_gives_up_waiting_cancels_the_run() -> None:
    site = WebSite({STREAM: Stall.NO_ANSWER, CANCEL: Answer("{}")})

    async def follow(client: httpx.AsyncClient) -> list[str]:
        return [event.type async for event in RemoteRuns(client).follow("run_1")]

    with serve(site):
        async with httpx.AsyncClient(base_url=site.url) as client, asyncio.TaskGroup() as group:
            following = group.create_task(follow(client))
            await becomes(lambda: bool(site.asked))
            following.cancel()
    assert following.cancelled()
    assert [asked.path for asked in site.asked] == [STREAM, CANCEL]
