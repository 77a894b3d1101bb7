"""Executing a run that tests an API: no browser, and nothing to plan or to heal."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from argus.services.qa.addresses import TargetRefused, forbidden_address
from argus.services.qa.api.agent import APITester
from argus.services.qa.api.calling import NOBODY, Identity, basic, bearer
from argus.services.qa.api.sequences import CallSequence
from argus.services.qa.api.testing import ApiSession, ApiTarget
from argus.services.qa.ir import Suite
from argus.services.qa.judging import Judged
from argus.services.qa.runs.models import Run
from argus.services.qa.target_secrets import with_secrets
from argus.services.qa.worker.journal import RunJournal

USER = "user"


async def test_api(run: Run, journal: RunJournal, secrets: Mapping[str, str]) -> None:
    """Test the API, and report; goes on at the tests that have no judgement.

    `secrets` are those of `target_secrets` and the user's password as `login.password`.

    Raises:
        TargetRefused, ApplicationUnreachable, ApiNotDescribed
        RunInterrupted: somebody paused or cancelled the run.
    """
    deadline = time.monotonic() + run.options["time_budget_s"] - run.spent_s
    await asyncio.to_thread(check_address, run.app_url)
    session = ApiSession(_target(run, secrets), deadline)
    try:
        tests = await asyncio.to_thread(session.begin)
        await journal.event("phase_started", {"phase": "test", "tests": len(tests)})
        judged = await journal.finished_tests()
        for test in tests:
            if test.id not in judged:
                await journal.event("test_started", {"test": test.id, "name": test.name})
                left_s = deadline - time.monotonic()
                result = await journal.ledger.charge(APITester(), test, left_s)
                await journal.judged(Judged(result=result))
        site = await asyncio.to_thread(session.site)
        await journal.event("phase_ended", {"phase": "test"})
    finally:
        session.stop()
        await asyncio.to_thread(session.close)
    await journal.report(Suite(app_url=run.app_url, seed=run.seed, tests=()), site)


def check_address(app_url: str) -> None:
    """Refuse what is no application's address, however it is spelled; blocks to resolve it.

    Raises:
        TargetRefused: see `forbidden_address`.
    """
    if refused := forbidden_address(urlsplit(app_url).hostname or ""):
        raise TargetRefused(f"{refused} is not the address of an application")


def _target(run: Run, secrets: Mapping[str, str]) -> ApiTarget:
    options = with_secrets(run.options, secrets)
    login = options["login"] and {**options["login"], "password": secrets.get("login.password")}
    user = _identity(USER, options["token"], login, "")
    others = [
        _identity(
            role["name"], role["token"], role["login"], role["name"].upper().replace("-", "_") + "_"
        )
        for role in options["roles"]
    ]
    return ApiTarget(
        app_url=run.app_url,
        user=user,
        others=tuple(others),
        sequences=tuple(CallSequence.model_validate(each) for each in options["sequences"]),
        read_only=options["read_only"],
        seed=run.seed,
        nonce=str(run.id),
    )


def _identity(
    name: str, token: str | None, login: Mapping[str, Any] | None, prefix: str
) -> Identity:
    """Who calls; `prefix` begins the shell's variable that stands for the secret."""
    if token:
        return bearer(name, token, f"{prefix}TOKEN")
    if login:
        return basic(name, login["username"], login["password"], f"{prefix}PASSWORD")
    return NOBODY
