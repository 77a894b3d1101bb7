from typing import Any

import httpx
import pytest

from argus.kernel.crypto import Keyring
from argus.services.qa.target_secrets import open_secrets
from support.runs import Runs

ENVIRONMENTS = "/api/v1/qa/environments"
SECRETS = {"shop.key": "key-secret-7Zq"}
STAGING: dict[str, Any] = {
    "name": "staging",
    "base_url": "https://staging.shop.example/app/",
    "variables": {"currency": "EUR", "city": "Lima"},
    "secrets": SECRETS,
    "login": {"username": "ada", "password": "ada-secret-7Zq"},
    "roles": [{"name": "guest", "login": {"username": "bob", "password": "bob-secret-7Zq"}}],
    "database": "postgresql://reader:db-secret-7Zq@127.0.0.1:9/shop",
}


async def ask(runs: Runs, method: str, path: str = "", **body: Any) -> httpx.Response:
    return await runs.platform.client.request(
        method,
        f"{ENVIRONMENTS}{path}",
        json=None if method in ("GET", "DELETE") else body,
        headers=runs.owner.headers,
    )


async def create(runs: Runs, **more: Any) -> dict[str, Any]:
    answer = await ask(runs, "POST", **{**STAGING, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def change(runs: Runs, environment: dict[str, Any], **changes: Any) -> dict[str, Any]:
    answer = await ask(runs, "PATCH", f"/{environment['id']}", **changes)
    assert answer.status_code == 200, answer.text
    return answer.json()


def sealed(runs: Runs) -> dict[str, str]:
    """What is sealed of the one environment that there is."""
    [row] = runs.platform.query("select id, sealed_secrets from qa.environment")
    keyring = runs.platform.modules["qa"].resources.get(Keyring)
    context = f"qa.environment.sealed_secrets:{row['id']}"
    return open_secrets(row["sealed_secrets"], keyring, context)


@pytest.mark.operation("create_environment", "get_environment")
async def test_what_is_secret_goes_into_an_environment_and_never_out(runs: Runs) -> None:
    created = await create(runs)
    seen = await ask(runs, "GET", f"/{created['id']}")
    assert seen.json() == created
    assert created["variables"] == STAGING["variables"]
    assert (created["secret_names"], created["has_database"]) == (["shop.key"], True)
    assert created["login"] == {"username": "ada", "login_url": None}
    assert created["roles"] == [{"name": "guest", "login": {"username": "bob", "login_url": None}}]
    assert "7Zq" not in seen.text
    assert "7Zq" not in str(runs.platform.query("select * from qa.environment"))
    assert "7Zq" not in str(runs.platform.outbox("qa"))
    assert sealed(runs) == {
        **SECRETS,
        "login.password": "ada-secret-7Zq",
        "guest.password": "bob-secret-7Zq",
        "database": STAGING["database"],
    }


@pytest.mark.operation("change_environment")
async def test_what_a_change_leaves_out_stays_and_null_takes_away(runs: Runs) -> None:
    environment = await create(runs)
    changed = await change(
        runs,
        environment,
        base_url="https://staging.shop.example/",
        read_only=True,
        variables={"city": None, "region": "south"},
        secrets={"other.key": "other-secret-7Zq"},
        database=None,
    )
    assert changed["variables"] == {"currency": "EUR", "region": "south"}
    assert changed["secret_names"] == ["other.key", "shop.key"]
    assert (changed["read_only"], changed["has_database"]) == (True, False)
    assert (changed["login"], changed["roles"]) == (environment["login"], environment["roles"])
    assert sealed(runs) == {
        **SECRETS,
        "other.key": "other-secret-7Zq",
        "login.password": "ada-secret-7Zq",
        "guest.password": "bob-secret-7Zq",
    }
    [*_, told] = runs.platform.outbox("qa")
    assert told["type"] == "EnvironmentChanged"
    assert told["data"]["name"] == "staging"
    assert told["data"]["changed"] == ["base_url", "database", "read_only", "secrets", "variables"]
    assert told["data"]["secrets"] == ["other.key"]
    assert told["data"]["variables"] == ["city", "region"]
    assert await change(runs, environment) == changed
    assert runs.platform.outbox("qa")[-1] == told, "nothing was to be changed"


async def test_secrets_do_not_follow_an_environment_to_another_address(runs: Runs) -> None:
    environment = await create(runs)
    moved = await change(
        runs, environment, base_url="https://elsewhere.example", secrets={"new.key": "new-7Zq"}
    )
    assert (moved["login"], moved["roles"], moved["has_database"]) == (None, [], False)
    assert moved["variables"] == STAGING["variables"]
    assert sealed(runs) == {"new.key": "new-7Zq"}


async def test_secrets_do_not_follow_an_environment_out_of_encryption(runs: Runs) -> None:
    environment = await create(runs, base_url="http://staging.shop.example/")
    await change(runs, environment, base_url="https://staging.shop.example/")
    assert "login.password" in sealed(runs)
    moved = await change(runs, environment, base_url="http://staging.shop.example/")
    assert (moved["login"], moved["secret_names"], moved["has_database"]) == (None, [], False)


@pytest.mark.operation("list_environments", "delete_environment")
async def test_environments_are_listed_newest_first_until_they_are_deleted(runs: Runs) -> None:
    ids = [(await create(runs, name=name))["id"] for name in "abc"]
    first = (await ask(runs, "GET", "?limit=2")).json()
    rest = (await ask(runs, "GET", f"?limit=2&cursor={first['next_cursor']}")).json()
    assert [each["id"] for each in first["environments"] + rest["environments"]] == ids[::-1]
    assert rest["next_cursor"] is None
    named = (await ask(runs, "GET", "?name=b")).json()
    assert [each["id"] for each in named["environments"]] == [ids[1]]
    assert (await ask(runs, "GET", "?name=d")).json()["environments"] == []
    assert (await ask(runs, "DELETE", f"/{ids[0]}")).status_code == 204
    await create(runs, name="a")  # the name is free again
    for method, body in (("GET", {}), ("PATCH", {"read_only": True}), ("DELETE", {})):
        gone = await ask(runs, method, f"/{ids[0]}", **body)
        assert (gone.status_code, gone.json()["code"]) == (404, "qa.environment.not_found")


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({"name": "staging"}, 409, "qa.environment.name_taken"),
    ({"base_url": "http://169.254.169.254/"}, 422, "qa.run.target_refused"),
    ({"database": "mysql://a@b/c"}, 422, "qa.database.refused"),
    ({"name": "b c"}, 422, "kernel.request.invalid"),
    ({"variables": {"a-b": "x"}}, 422, "kernel.request.invalid"),
    ({"secrets": {"login.password": "x"}}, 422, "kernel.request.invalid"),
    ({"name": "env_staging"}, 422, "kernel.request.invalid"),
    (
        {"roles": [{"name": "login", "login": {"username": "bob", "password": "x"}}]},
        422,
        "kernel.request.invalid",
    ),
]


async def test_an_environment_that_could_not_be_used_is_refused(runs: Runs) -> None:
    environment = await create(runs)
    for wrong, status, code in REFUSED:
        answer = await ask(runs, "POST", **{**STAGING, "name": "other", **wrong})
        assert (answer.status_code, answer.json()["code"]) == (status, code), wrong
    more = {f"v{number}": "x" for number in range(19)}
    answer = await ask(runs, "PATCH", f"/{environment['id']}", variables=more)
    assert (answer.status_code, answer.json()["code"]) == (422, "kernel.request.invalid")
