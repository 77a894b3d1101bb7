"""`argus qa run` on a running platform, and what it wrote."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.processes import RunningPlatform


@dataclass(frozen=True)
class Result:
    """How a run ended: its exit code, what it printed, and `OUT.json` if it wrote one."""

    code: int
    printed: str
    outcome: dict[str, Any]

    def test(self, name: str) -> dict[str, Any]:
        return next(test for test in self.outcome["tests"] if test["name"] == name)

    def names(self, status: str, category: str | None = None) -> set[str]:
        """Names of the tests that came to that."""
        return {
            test["name"]
            for test in self.outcome["tests"]
            if (test["status"], test["category"]) == (status, category)
        }

    def flows(self) -> set[str]:
        return {test["flow"] for test in self.outcome["tests"]}

    def serious(self) -> list[dict[str, Any]]:
        """Findings that alone make a run fail."""
        return [f for f in self.outcome["findings"] if f["severity"] in ("high", "critical")]


@dataclass(frozen=True)
class Suite:
    """A suite as `--save-suite` wrote it, from a run of `healthy`."""

    content: dict[str, Any]
    healthy: Result

    def only(self, names: Collection[str]) -> dict[str, Any]:
        """The suite with the tests of these names alone."""
        tests = [test for test in self.content["tests"] if test["name"] in names]
        assert sorted(test["name"] for test in tests) == sorted(names)
        return {**self.content, "tests": tests}


@dataclass(frozen=True)
class Tester:
    """Runs `argus qa run` as a person would, as a user of the application where one is given."""

    platform: RunningPlatform
    folder: Path
    username: str = ""
    password: str = ""

    def run(self, url: str, *options: str, suite: dict[str, Any] | None = None) -> Result:
        """Test the application; replay `suite` if one is given."""
        out = self.folder / "out.json"
        out.unlink(missing_ok=True)
        if suite is not None:
            replayed = self.folder / "replayed.json"
            replayed.write_text(json.dumps(suite))
            options = (*options, "--suite", str(replayed))
        if self.username:
            options = (*options, "--username", self.username, "--password-env", "APP_PASSWORD")
        done = self.platform.cli(
            "qa", "run", url, "--json", str(out), *options, APP_PASSWORD=self.password
        )
        outcome = json.loads(out.read_text()) if out.exists() else {}
        return Result(done.returncode, done.stdout + done.stderr, outcome)

    def crawl(self, url: str) -> Suite:
        """Discover the application, and keep the suite."""
        saved = self.folder / "suite.json"
        healthy = self.run(url, "--save-suite", str(saved))
        assert saved.exists(), healthy.printed
        return Suite(json.loads(saved.read_text()), healthy)
