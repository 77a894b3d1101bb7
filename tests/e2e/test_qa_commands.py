"""Commands of `argus qa` that ask a platform that runs, without a run of tests."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from argus.apps.cli import app
from support.processes import RunningPlatform


class Commands:
    """`argus qa …` on the home of that platform."""

    def __init__(self, platform: RunningPlatform) -> None:
        self._home = str(platform.home)

    def ask(self, *arguments: str) -> Result:
        return CliRunner().invoke(app, ["qa", *arguments, "--home", self._home, "--json"])

    def answer(self, *arguments: str) -> Any:
        result = self.ask(*arguments)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


def test_environments_and_runs_are_kept_from_the_command_line(
    tested: RunningPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    qa = Commands(tested)
    monkeypatch.setenv("SHOP_KEY", "shop-secret-7Zq")
    given = ("--variable", "currency=EUR", "--variable", "city=Lima", "--secret", "key=SHOP_KEY")
    qa.answer("environments", "create", "staging", "http://127.0.0.1:9/", *given)
    changed = qa.answer(
        *("environments", "set", "staging", "--variable", "currency=USD"),
        *("--remove", "city", "--remove", "key", "--read-only"),
    )
    assert (changed["variables"], changed["secret_names"]) == ({"currency": "USD"}, [])
    assert changed["read_only"] is True
    assert [each["name"] for each in qa.answer("environments", "list")] == ["staging"]
    unknown = qa.ask("environments", "set", "staging", "--remove", "city")
    assert "--remove city: staging has no such variable or secret" in unknown.stdout
    nothing = qa.ask("environments", "set", "staging")
    assert (nothing.exit_code, "there is nothing to change" in nothing.stdout) == (2, True)
    parts = ("--username", "ada", "--password-env", "SHOP_KEY", "--role", "bob=bob:SHOP_KEY")
    there = qa.answer("environments", "set", "staging", *parts)
    assert (there["login"]["username"], there["roles"][0]["name"]) == ("ada", "bob")
    gone = qa.answer("environments", "set", "staging", "--without", "login", "--without", "roles")
    assert (gone["login"], gone["roles"]) == (None, [])

    schedule = ("schedules", "create", "Nightly", "--environment", "staging")
    assert qa.answer(*schedule)["environment"] == "staging"
    assert qa.answer("environments", "delete", "staging") == {"deleted": "staging"}
    for arguments in (schedule, ("environments", "delete", "staging")):
        result = qa.ask(*arguments)
        assert result.exit_code == 2
        assert "there is no environment staging" in result.stdout
    assert isinstance(qa.answer("runs", "list", "--limit", "1"), list)
    unknown = qa.ask("runs", "cancel", "run_01jd8z00000000000000000000")
    assert "Run not found" in unknown.stdout
