"""Wherever a run is asked for, further users can be named, and their passwords are sealed."""

from typing import Any

import pytest

from argus.contracts.qa.rpc import START_RUN
from argus.contracts.qa.v1 import qa_pb2
from argus.kernel import context
from argus.kernel.crypto import Keyring
from argus.kernel.ids import OrganizationId, parse_id
from argus.kernel.principal import system
from argus.services.qa.runs.service import secrets_context
from argus.services.qa.target_secrets import open_secrets
from support.runs import Runs

PASSWORD = "battery-staple-7Zq"
LOGIN: dict[str, Any] = {"username": "piet", "password": PASSWORD, "login_url": None}
ROLES: list[dict[str, Any]] = [{"name": "guest", "login": LOGIN}]
SUITES = "/api/v1/qa/suites"


async def post(runs: Runs, path: str, **body: Any) -> dict[str, Any]:
    answer = await runs.platform.client.post(path, json=body, headers=runs.owner.headers)
    assert answer.status_code in (201, 202), answer.text
    return answer.json()


async def by_session(runs: Runs) -> None:
    await post(runs, "/api/v1/discovery/sessions", app_url=runs.pages.site.url, roles=ROLES)


async def by_suite(runs: Runs) -> None:
    suite = await post(runs, SUITES, name="Pages", suite=runs.suite)
    await post(runs, f"{SUITES}/{suite['id']}/runs", roles=ROLES)


async def by_call(runs: Runs) -> None:
    organization = OrganizationId(parse_id("org", runs.owner.organization_id))
    context.principal.set(system("gateway", organization))
    login = qa_pb2.Login(username="piet", password=PASSWORD)
    roles = [qa_pb2.Role(name="guest", login=login)]
    request = qa_pb2.StartRunRequest(app_url=runs.pages.site.url, seed=7, roles=roles)
    await runs.platform.rpc.call(START_RUN, request)


@pytest.mark.parametrize("start", [by_session, by_suite, by_call])
async def test_the_password_of_a_further_user_is_sealed_for_the_run(runs: Runs, start: Any) -> None:
    await start(runs)
    [row] = runs.platform.query("select id, options, sealed_secrets from qa.run")
    login = {"username": "piet", "login_url": None}
    assert row["options"]["roles"] == [{"name": "guest", "login": login}]
    keyring = runs.platform.modules["qa"].resources.get(Keyring)
    sealed = open_secrets(row["sealed_secrets"], keyring, secrets_context(row["id"]))
    assert sealed == {"guest.password": PASSWORD}
    assert PASSWORD.encode() not in row["sealed_secrets"]


@pytest.mark.parametrize("path", ["/api/v1/discovery/sessions", f"{SUITES}/{{suite}}/runs"])
async def test_a_token_is_refused_where_a_browser_signs_in(runs: Runs, path: str) -> None:
    suite = await post(runs, SUITES, name="Pages", suite=runs.suite)
    body: dict[str, Any] = {"roles": [{"name": "guest", "token": "t"}]}
    if "sessions" in path:
        body["app_url"] = runs.pages.site.url
    answer = await runs.platform.client.post(
        path.format(suite=suite["id"]), json=body, headers=runs.owner.headers
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "kernel.request.invalid")
