"""The trace and the film of a failing execution, made by a real browser."""

import asyncio
import sys
from collections.abc import Generator
from pathlib import Path
from typing import cast
from zipfile import ZipFile

import pytest
from PIL import Image
from playwright.async_api import StorageState

from argus.services.qa.browser.elements import target_of
from argus.services.qa.browser.session import new_session
from argus.services.qa.execution.browsers import Browsers
from argus.services.qa.execution.execute import Bench, execute_test
from argus.services.qa.execution.recording import Recordings
from argus.services.qa.expectation import TextPresent
from argus.services.qa.ir import Action, Flow, Secret, Step, Test
from support.website import Answer, Asked, WebSite, redirect, serve

PASSWORD, COOKIE, TOKEN = "correct-horse-7Zq", "c0ffee5e55104", "t0ken-in-local-storage-4711"
FORM = (
    "<form method=post><input type=password name=password aria-label=Password><button>Go</button>"
)
HOME = """<h1>Welcome</h1><script>
console.log("signed in with", localStorage.token);
fetch("/api", {headers: {Authorization: "Bearer " + localStorage.token}});
</script>"""


def login(asked: Asked) -> str | Answer:
    return redirect("/home", f"session={COOKIE}; HttpOnly") if asked.method == "POST" else FORM


def api(_: Asked) -> Answer:
    return Answer(f'{{"token": "{TOKEN}", "you": "Ada"}}', headers={"Content-Type": "text/json"})


@pytest.fixture
def site() -> Generator[WebSite]:
    with serve(WebSite({"/login": login, "/home": HOME, "/api": api})) as running:
        yield running


@pytest.fixture
def bench(browsers: Browsers, site: WebSite, tmp_path: Path) -> Bench:
    token = {"name": "token", "value": TOKEN}
    state = {"cookies": [], "origins": [{"origin": site.url, "localStorage": [token]}]}
    return Bench(
        browsers,
        site.url,
        seed=1,
        evidence=tmp_path,
        secrets={"login.password": PASSWORD},
        storage_state=cast("StorageState", state),
        recordings=Recordings(tmp_path),
        timeout_s=1.5,
    )


async def signing_in(browsers: Browsers, site: WebSite, expected: str) -> Test:
    async with new_session(await browsers.get(), site.url) as session:
        await session.goto("/login")
        password = await target_of(session.page, session.page.locator("input"))
        button = await target_of(session.page, session.page.locator("button"))
    shown = TextPresent(text=expected, oracle="it is shown")
    secret = Secret(secret="login.password")
    return Test(
        id="sign-in",
        name="Sign in",
        flow=Flow.NAVIGATE,
        steps=(
            Step(id="s1", action=Action.GOTO, value="/login"),
            Step(id="s2", action=Action.FILL, target=password, value=secret),
            Step(id="s3", action=Action.CLICK, target=button, expect=(shown,)),
        ),
    )


async def test_a_failing_execution_leaves_a_film_and_a_trace_without_secrets_that_playwright_opens(
    bench: Bench, browsers: Browsers, site: WebSite, tmp_path: Path
) -> None:
    test = await signing_in(browsers, site, "This is not shown")
    assert not (await execute_test(bench, test, "one", recorded=True)).ok
    assert bench.recordings is not None
    recording = bench.recordings.of("sign-in")
    assert recording is not None
    with ZipFile(tmp_path / recording.trace) as trace:
        files = {name: trace.read(name) for name in trace.namelist()}
    for secret in (PASSWORD, COOKIE, TOKEN):
        assert [name for name, content in files.items() if secret.encode() in content] == []
    assert b"Welcome" in files["trace.trace"] + b"".join(files.values())
    assert b'"fill"' in files["trace.trace"], "what was done by Playwright itself stands in it"
    with Image.open(tmp_path / recording.film) as film:
        assert getattr(film, "n_frames", 1) > 1

    viewer = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "playwright", "trace", "open", str(tmp_path / recording.trace)),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(120):
        output, _ = await viewer.communicate()
    assert b"chromium" in output, output.decode()
    assert viewer.returncode == 0


async def test_a_passing_execution_leaves_no_recording_not_even_an_earlier_one(
    bench: Bench, browsers: Browsers, site: WebSite, tmp_path: Path
) -> None:
    failing = await signing_in(browsers, site, "This is not shown")
    await execute_test(bench, failing, "one", recorded=True)
    passing = await signing_in(browsers, site, "Welcome")
    assert (await execute_test(bench, passing, "two", recorded=True)).ok
    assert [file.name for file in tmp_path.iterdir() if "sign-in-" in file.name] == [
        "sign-in-one-s3.jpg"
    ]
