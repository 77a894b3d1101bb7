"""B4: a suite that was learnt on one TodoMVC, replayed on others that conform to the same template.

The implementations come from the npm registry and share what their elements are for, not how their
pages are built. What an element is for is read from the template's ids and classes, which neither
similarity nor gate is told to trust. A step counts once it is reached; the steps behind a failure
do not.
"""

import base64
import hashlib
import mimetypes
import shutil
import tarfile
from asyncio import create_subprocess_exec, to_thread
from asyncio.subprocess import DEVNULL
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from argus.services.qa.benchmark.applications.web import Application, Request, Response, serving
from argus.services.qa.benchmark.figures import Figure, Measures, Target
from argus.services.qa.benchmark.replay import Machine
from argus.services.qa.browser.elements import filled_fingerprint
from argus.services.qa.execution.execute import execute_test, is_unresolved
from argus.services.qa.execution.record import TestRun
from argus.services.qa.healing.repair import heal_test
from argus.services.qa.ir import Phase, Suite, Test
from argus.services.qa.target import Fingerprint

PACKAGE = "todomvc@0.1.1"
SHA512 = "gd6+DoObD0yzXEpbvHvkSoOd9/krxd/wvUTbzvKe7uTjAM2v9wG6zy4Icl6aUcMpDof53Cz2l5O/9mdN3Jk+ag=="
LEARNT_ON = "backbone"
REPLAYED_ON = ("angularjs", "emberjs", "mithril", "react", "vanillajs", "vue")

_PARTS = ("new-todo", "toggle-all", "toggle", "destroy", "edit", "clear-completed")

Case = tuple[bool, bool]
"""Of one step: whether an element was used, and whether it was the right one."""


class Unavailable(Exception):
    """The package cannot be had here; with the reason."""


class TodoMvc(Application):
    """One implementation: files, and nothing on the server."""

    name = "todomvc"
    bugs = ()
    screens = ()

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def handle(self, request: Request) -> Response:
        if request.path == "/learn.json":  # the showcase's side bar is no part of the application
            return Response("{}", media_type="application/json")
        file = self._folder / (request.path.lstrip("/") or "index.html")
        if not file.resolve().is_relative_to(self._folder.resolve()) or not file.is_file():
            return Response("Not found", 404, media_type="text/plain")
        media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return Response(file.read_bytes(), media_type=media_type)


async def compare(running: Machine) -> list[Case]:
    """Learn on one implementation, replay on the others.

    Raises:
        Unavailable: the npm command is missing, or fetches something else.
    """
    with TemporaryDirectory(prefix="argus-bench-") as scratch:
        folder = await _examples(Path(scratch))
        with serving(TodoMvc(folder / LEARNT_ON)) as served:
            suite = (await running.run(served.url, TodoMvc)).suite
        assert suite is not None
        cases: list[Case] = []
        for implementation in REPLAYED_ON:
            with serving(TodoMvc(folder / implementation)) as served:
                cases += await _replay(running, served.url, suite)
        return cases


def figures(cases: Sequence[Case], seed: int) -> list[Figure]:
    """The rows of B4."""
    measures = Measures("B4", seed)
    what = f"steps on {len(REPLAYED_ON)} implementations"
    return [
        measures.share(
            "steps that found their element",
            sum(right for _, right in cases),
            len(cases),
            what,
            Target(at_least=0.95),
        ),
        measures.share(
            "steps on another element",
            sum(used and not right for used, right in cases),
            len(cases),
            what,
            Target(at_most=0.005),
        ),
    ]


def part(fingerprint: Fingerprint) -> str:
    """What an element of the template is for; its label where the template does not name it."""
    names = {
        name for key in ("id", "class") for name in fingerprint.attributes.get(key, "").split()
    }
    return next((each for each in _PARTS if each in names), fingerprint.text.strip().casefold())


async def _replay(running: Machine, url: str, suite: Suite) -> list[Case]:
    bench = running.bench(url, TodoMvc)
    cases: list[Case] = []
    for number, test in enumerate(suite.tests):
        run = await execute_test(bench, test, f"first-{number}")
        if any(is_unresolved(outcome) for outcome in run.outcomes):
            run = (await heal_test(bench, test, f"heal-{number}")).run
        cases += _cases(test, run)
    return cases


def _cases(test: Test, run: TestRun) -> list[Case]:
    found: list[Case] = []
    outcomes = {outcome.step: outcome for outcome in run.outcomes}
    for step in test.steps:
        outcome = outcomes.get(step.id)
        if outcome is None or step.target is None or step.phase is Phase.CLEANUP:
            continue
        used = outcome.resolution.fingerprint if outcome.resolution else None
        known = filled_fingerprint(step.target.fingerprint, run.values)
        found.append((used is not None, used is not None and part(used) == part(known)))
    return found


async def _examples(scratch: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise Unavailable("it needs the npm command")
    arguments = ("pack", PACKAGE, "--ignore-scripts", "--silent", f"--pack-destination={scratch}")
    process = await create_subprocess_exec(npm, *arguments, stdout=DEVNULL, stderr=DEVNULL)
    await process.wait()
    archive = next(scratch.glob("*.tgz"), None)
    if archive is None:
        raise Unavailable(f"npm could not fetch {PACKAGE}")
    content = await to_thread(archive.read_bytes)
    if base64.b64encode(hashlib.sha512(content).digest()).decode() != SHA512:
        raise Unavailable(f"{PACKAGE} is not what it was")
    await to_thread(_unpack, archive, scratch)
    return scratch / "package/examples"


def _unpack(archive: Path, folder: Path) -> None:
    wanted = tuple(f"package/examples/{name}/" for name in (LEARNT_ON, *REPLAYED_ON))
    with tarfile.open(archive) as tar:
        members = [member for member in tar if member.name.startswith(wanted)]
        tar.extractall(folder, members, filter="data")
