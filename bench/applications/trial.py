"""What an application goes through: tested, tested again, changed, tested with the same suite."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.applications.catalogue import Application

_RUN_TIMEOUT_S = 1800


@dataclass(frozen=True)
class Red:
    """Something that a run holds against the application."""

    what: str
    """The test, or the kind of the finding."""
    message: str
    why: str
    """Empty where nobody has explained it."""


@dataclass(frozen=True)
class Run:
    """One execution of `argus qa run`."""

    exit_code: int
    status: str
    wall_s: float
    pages: int
    states: int
    tests: Mapping[str, int]
    """By status."""
    findings: Mapping[str, int]
    """By kind; those of high severity are reds, too."""
    reds: tuple[Red, ...]
    not_passed: tuple[str, ...]
    """Tests, with what they came to and why."""
    said: str
    """What it printed, where it gave no result."""


@dataclass(frozen=True)
class Trial:
    """An application's way through all of it."""

    application: str
    what: str
    before: str
    after: str
    first: Run
    again: Run
    replayed: Run

    @property
    def runs(self) -> tuple[Run, Run, Run]:
        """In order."""
        return self.first, self.again, self.replayed

    @property
    def complaints(self) -> tuple[str, ...]:
        """What Argus did that it should not have done; empty where all is well."""
        crashes = [run.said for run in self.runs if run.exit_code not in (0, 1)]
        unexplained = [
            f"{red.what}: {red.message}" for run in self.runs for red in run.reds if not red.why
        ]
        return (*crashes, *dict.fromkeys(unexplained))

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {**asdict(self), "complaints": self.complaints}


@dataclass(frozen=True)
class Tester:
    """`argus qa run` on a platform that runs on `home`."""

    home: Path
    max_pages: int
    budget_s: int

    def trial(self, application: Application, folder: Path) -> Trial:
        """Put the application through all of it, with its data in `folder`."""
        suite = folder / "suite.json"
        data = folder / "data"
        data.mkdir()
        with application.before.start(data) as address:
            first = self._run(application, address, "--save-suite", str(suite))
            again = self._replay(application, address, suite)
        with application.after.start(data) as address:
            replayed = self._replay(application, address, suite)
        return Trial(
            application.name,
            application.what,
            application.before.name,
            application.after.name,
            first,
            again,
            replayed,
        )

    def _replay(self, application: Application, address: str, suite: Path) -> Run:
        if not suite.exists():
            return Run(2, "not run", 0, 0, 0, {}, {}, (), (), "there is no suite")
        return self._run(application, address, "--suite", str(suite))

    def _run(self, application: Application, address: str, *options: str) -> Run:
        command = [sys.executable, "-m", "argus", "qa", "run", address, *options, "--json", "-"]
        command += ["--home", str(self.home), "--max-pages", str(self.max_pages)]
        command += ["--time-budget", f"{self.budget_s}s"]
        if application.username:
            command += ["--username", application.username, "--password-env", "APP_PASSWORD"]
        began = time.monotonic()
        ended = subprocess.run(
            command,
            env={**os.environ, "APP_PASSWORD": application.password},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_RUN_TIMEOUT_S,
        )
        wall_s = time.monotonic() - began
        print(f"  run ended after {wall_s:.0f} s", file=sys.stderr, flush=True)
        try:
            outcome = json.loads(ended.stdout)
        except ValueError:
            said = ended.stderr.strip()[-1000:]
            return Run(ended.returncode, "error", wall_s, 0, 0, {}, {}, (), (), said)
        return _taken_from(outcome, application, ended.returncode, wall_s)


def _taken_from(
    outcome: Mapping[str, Any], application: Application, exit_code: int, wall_s: float
) -> Run:
    tests, findings = outcome["tests"], outcome["findings"]
    reds = [
        (test["name"], test["evidence"][0]["message"] if test["evidence"] else "")
        for test in tests
        if test["category"] == "product_bug"
    ]
    reds += [
        (finding["kind"], f"{finding['url']}: {finding['message']}")
        for finding in findings
        if finding["severity"] in ("critical", "high")
    ]
    seen = outcome["discovery"] or {"pages": 0, "states": 0}
    return Run(
        exit_code=exit_code,
        status=outcome["status"],
        wall_s=wall_s,
        pages=seen["pages"],
        states=seen["states"],
        tests=dict(Counter(test["status"] for test in tests)),
        findings=dict(Counter(finding["kind"] for finding in findings)),
        reds=tuple(Red(what, message, application.why(what, message)) for what, message in reds),
        not_passed=tuple(
            f"{test['name']}: {test['status']}, {test['category'] or 'no category'}: "
            + (test["evidence"][0]["message"] if test["evidence"] else "")
            for test in tests
            if test["status"] not in ("passed", "passed_healed")
        ),
        said="" if outcome["status"] != "error" else "no test could say anything",
    )
