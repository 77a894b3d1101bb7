import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from argus import __version__
from argus.apps.cli import app
from argus.apps.cli.terminal import report_error
from argus.kernel.errors import ArgusError, NotFound

HEAVY = ("fastapi", "sqlalchemy", "grpc", "psycopg", "pydantic", "playwright", "langgraph", "httpx")


def commands() -> Iterator[tuple[str, Any]]:
    pending: list[tuple[str, Any]] = [("argus", get_command(app))]
    while pending:
        name, command = pending.pop()
        if isinstance(command, TyperGroup):
            pending += [(f"{name} {child}", each) for child, each in command.commands.items()]
        else:
            yield name, command


def test_every_command_shows_examples_and_can_answer_in_json() -> None:
    found = dict(commands())
    assert len(found) >= 6
    for name, command in found.items():
        assert "**Examples**" in (command.epilog or ""), name
        assert f"`{name}" in (command.epilog or ""), name
        assert command.help, name
        assert "--json" in {option for each in command.params for option in each.opts}, name


def test_the_command_line_answers_without_importing_what_the_commands_run() -> None:
    script = f"import sys, argus.apps.cli; print([m for m in {HEAVY!r} if m in sys.modules])"
    finished = subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": "src"},
    )
    assert finished.stdout.strip() == "[]"


def test_the_version_is_shown() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.output) == (0, f"argus {__version__}\n")


def test_an_unknown_command_could_not_run() -> None:
    assert CliRunner().invoke(app, ["unknown"]).exit_code == 2


def test_a_bad_variable_is_named_with_what_to_do() -> None:
    result = CliRunner().invoke(app, ["doctor"], env={"ARGUS_LOG_LEVEL": "loud"})
    assert result.exit_code == 2
    assert "error: ARGUS_LOG_LEVEL" in result.stderr
    assert "try: " in result.stderr


def test_an_error_in_json_is_one_line_on_standard_output() -> None:
    result = CliRunner().invoke(app, ["doctor", "--json"], env={"ARGUS_LOG_LEVEL": "loud"})
    assert result.exit_code == 2
    answer = json.loads(result.stdout)
    assert answer["code"] == "kernel.settings.invalid"
    assert "ARGUS_LOG_LEVEL" in answer["error"]


def test_a_trace_is_shown_on_request_only() -> None:
    environment = {"ARGUS_LOG_LEVEL": "loud", "ARGUS_DEBUG": "1"}
    result = CliRunner().invoke(app, ["doctor"], env=environment)
    assert isinstance(result.exception, ArgusError)


def test_the_remedy_of_the_occurrence_goes_before_that_of_the_catalogue(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Broken(ArgusError):
        """It is broken.

        Mend it
        somehow.
        """

        code, status, title = "test.thing.broken", 503, "Broken"

    report_error(Broken("the pipe burst", remedy="call a plumber"), as_json=False)
    report_error(Broken(), as_json=True)
    report_error(NotFound(), as_json=True)
    captured = capsys.readouterr()
    assert captured.err == "error: the pipe burst\n  try: call a plumber\n"
    general, none = map(json.loads, captured.out.splitlines())
    assert (general["error"], general["try"]) == ("Broken", "Mend it somehow.")
    assert none["try"] == ""


def test_completion_offers_the_commands() -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "argus"],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ
        | {
            "PYTHONPATH": "src",
            "_ARGUS_COMPLETE": "complete_bash",
            "COMP_WORDS": "argus do",
            "COMP_CWORD": "1",
        },
    )
    assert "doctor" in finished.stdout.split()
