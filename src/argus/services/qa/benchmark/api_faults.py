"""B14: faults of an API that Argus finds, and that Schemathesis alone finds in the same time.

Both get the address of the OpenAPI description and the token of one user; Argus is told of a second
user as well, which Schemathesis has no place for. A fault counts as found by Argus when a test ends
as a product bug or a finding is serious, and by Schemathesis when a check fails. Its check of
methods that are not described is left out: they are the seeded server's doing.
"""

import asyncio
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from argus.services.qa.api.calling import bearer
from argus.services.qa.api.testing import ApiSession, ApiTarget
from argus.services.qa.benchmark.applications.depot import Depot
from argus.services.qa.benchmark.applications.web import serving
from argus.services.qa.benchmark.figures import Figure, Measures, Target
from argus.services.qa.outcome import Category

_LONGEST_S = 60.0
_CHECKS_FAILED = 1
"""Schemathesis's exit status; another is of a run that could not be made."""


@dataclass(frozen=True)
class Compared:
    """What both said of one build; `bug` is empty for the clean one."""

    bug: str
    argus: tuple[str, ...]
    """The tests that blame it, and serious findings."""
    schemathesis: bool
    """Whether a check failed."""
    seconds: float
    """What Argus took, and Schemathesis got."""


async def compare(seed: int, folder: Path, bugs: Sequence[str] | None = None) -> list[Compared]:
    """The clean build first, then each with one bug."""
    names = [bug.name for bug in Depot.bugs] if bugs is None else [*bugs]
    return [await _compare(name, seed, folder) for name in ("", *names)]


def figures(found: Sequence[Compared], seed: int) -> list[Figure]:
    """The rows of B14."""
    measures = Measures("B14", seed)
    clean, buggy = found[0], found[1:]
    ours = sum(bool(each.argus) for each in buggy)
    theirs = sum(each.schemathesis for each in buggy)
    alone = theirs / len(buggy) if buggy else 0.0
    return [
        measures.share("API faults found", ours, len(buggy), "faults", Target(at_least=alone)),
        measures.share("API faults that Schemathesis alone finds", theirs, len(buggy), "faults"),
        measures.share("false alarms on the clean build", int(bool(clean.argus)), 1, "builds"),
        measures.share(
            "false alarms of Schemathesis on the clean build",
            int(clean.schemathesis),
            1,
            "builds",
        ),
    ]


async def _compare(bug: str, seed: int, folder: Path) -> Compared:
    started = time.monotonic()
    with serving(Depot(bug)) as served:
        ours = await asyncio.to_thread(_argus, served.url, seed)
    seconds = time.monotonic() - started
    with serving(Depot(bug)) as served:
        theirs = await _schemathesis(served.url, seed, math.ceil(seconds), folder)
    return Compared(bug, ours, theirs, seconds)


def _argus(url: str, seed: int) -> tuple[str, ...]:
    user, other = (bearer(name, token, "TOKEN") for name, token in Depot.users.items())
    target = ApiTarget(f"{url}openapi.json", user=user, others=(other,), seed=seed)
    tester = ApiSession(target, time.monotonic() + _LONGEST_S)
    try:
        results = [test.run() for test in tester.begin()]
        findings = tester.site().findings
    finally:
        tester.close()
    red = [each.name for each in results if each.category is Category.PRODUCT_BUG]
    return (*red, *(each.message for each in findings if each.serious))


async def _schemathesis(url: str, seed: int, seconds: int, folder: Path) -> bool:
    token = next(iter(Depot.users.values()))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{url}openapi.json"),
        *("--header", f"Authorization: Bearer {token}", "--max-time", str(seconds)),
        *("--seed", str(seed), "--generation-database", "none"),
        *("--exclude-checks", "unsupported_method"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=folder,
    )
    return await process.wait() == _CHECKS_FAILED
