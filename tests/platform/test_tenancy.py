"""Another organization's user sees nothing, with either wall around a tenant down.

The walk takes every operation of the interface that names an object, names one of acme's, and asks
as the owner of globex: the answer must be the one for an id that names nothing.
"""

from typing import Any

import httpx
import pytest
from sqlalchemy import Select, select

from argus.contracts.qa.rpc import GET_RUN
from argus.contracts.qa.v1 import qa_pb2
from argus.kernel import context
from argus.kernel.db.repository import TenantRepository
from argus.kernel.ids import OrganizationId, format_id, new_id, parse_id
from argus.kernel.principal import system
from argus.services.qa.runs.errors import RunNotFound
from support.belongings import Belongings
from support.operations import ENDLESS, Operation, Parameter, operations
from support.organizations import Tenant
from support.platform import PASSWORD, TestPlatform

HIDDEN_IDENTIFIERS = {("list_audit_entries", "principal"): "usr"}
"""Parameters that name an object without saying so in their schema."""

NO_IDENTIFIERS = {
    ("check_entitlement", "feature"),
    ("get_run_artifact", "path"),
    ("list_environments", "name"),
    ("list_audit_entries", "type"),
    ("list_audit_entries", "subject"),
    ("list_audit_entries", "since"),
    ("list_audit_entries", "until"),
    ("get_usage", "period"),
    ("get_registration", "client_id"),
    ("change_registration", "client_id"),
    ("delete_registration", "client_id"),
    ("watch_revocations", "stream"),
}
"""Texts in paths and queries that name no object of a tenant."""

PAGES = {
    "list_api_keys",
    "list_audit_entries",
    "list_clients",
    "list_environments",
    "list_heals",
    "list_impersonations",
    "list_invitations",
    "list_members",
    "list_resources",
    "list_discoveries",
    "list_runs",
    "list_schedules",
    "list_service_accounts",
    "list_suites",
}
"""Operations whose identifier is a place in a list of the caller's own: they are never 404."""

PROVING = {
    "begin_impersonation",
    "sign_in_by_directory",
    "sign_in_by_passkey",
    "verify_device",
}
"""Operations that ask for a proof before they look at whose the object is."""

NOT_FOR_SESSIONS = {"get_user_info"}
"""Operations for tokens of clients alone."""

PERSONAL = ("auth.consent", "auth.external_identity", "auth.passkey")
"""Tables of what is a person's, whatever organization they are in."""


def bodies(globex: Tenant) -> dict[str, dict[str, Any]]:
    """A body that is right but for the object it is about, by operation."""
    return {
        "sign_in_by_passkey": {"credential": {}},
        "sign_in_by_directory": {"directory": "x", "username": "x", "password": "x"},
        "verify_device": {"user_code": "BCDF-GHJK", "decision": "approve"},
        "sign_in": {"email": globex.owner.email, "password": PASSWORD},
        "refresh_tokens": {"refresh_token": globex.owner.refresh_token},
        "create_api_key": {"name": "Mine", "scopes": []},
        "rotate_api_key": {"overlap_s": 0},
        "revoke_api_key": {"reason": "leaked"},
        "create_client": {"client_name": "Mine", "grant_types": ["client_credentials"]},
        "change_client": {"client_name": "Mine now", "grant_types": ["client_credentials"]},
        "create_client_secret": {},
        "change_resource": {"name": "Mine now", "scopes": {}},
        "change_service_account": {"name": "Mine now", "permissions": []},
        "rename_organization": {"name": "Mine now"},
        "change_member_roles": {"roles": ["viewer"]},
        "grant_impersonation": {"life_s": 3600},
        "begin_impersonation": {"reason": "Mine now"},
        "create_suite": {"name": "Mine"},
        "add_suite_version": {},
        "replay_suite": {},
        "change_environment": {"read_only": True},
        "create_schedule": {"name": "Mine", "run": {"app_url": "http://127.0.0.1:9/"}},
    }


def identifiers(operation: Operation) -> list[tuple[Parameter, str]]:
    """The parameters that name an object, with the prefix of its kind."""
    return [
        (parameter, prefix)
        for parameter in operation.parameters
        if (prefix := parameter.prefix or HIDDEN_IDENTIFIERS.get((operation.id, parameter.name)))
    ]


NAMING = [operation for operation in operations() if identifiers(operation)]


def test_every_text_in_a_path_or_query_is_known_to_be_an_identifier_or_none() -> None:
    texts = {
        (operation.id, parameter.name)
        for operation in operations()
        for parameter in operation.parameters
        if parameter.where in ("path", "query")
        and parameter.kind == "string"
        and parameter.prefix is None
    }
    assert texts == set(HIDDEN_IDENTIFIERS) | NO_IDENTIFIERS


async def ask(
    client: httpx.AsyncClient, operation: Operation, globex: Tenant, ids: dict[str, str]
) -> tuple[int, str]:
    """The answer to globex's owner for these ids, without what differs in every answer."""
    path, query = operation.path, {}
    body = bodies(globex)[operation.id] if operation.has_body else None
    named = [(parameter, ids[prefix]) for parameter, prefix in identifiers(operation)]
    for parameter, public_id in named:
        if parameter.where == "path":
            path = path.replace("{" + parameter.name + "}", public_id)
        elif parameter.where == "query":
            query[parameter.name] = public_id
        else:
            assert body is not None
            body = {**body, parameter.name: public_id}
    answer = await client.request(
        operation.method,
        path.replace("{path}", "index.html"),
        params=query,
        json=body,
        headers={} if body and "password" in body else globex.owner.headers,
    )
    text = answer.text
    for differs in (*(public_id for _, public_id in named), answer.headers["X-Request-Id"]):
        text = text.replace(differs, "-")
    return answer.status_code, text


@pytest.fixture(params=["RLS alone", "the repository alone"])
def one_wall(
    request: pytest.FixtureRequest, platform: TestPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Take the other wall down."""
    if request.param == "RLS alone":
        take_the_repository_down(monkeypatch)
    else:
        take_rls_down(platform)


def take_the_repository_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def scoped(repository: TenantRepository[Any]) -> Select[Any]:
        return select(repository.model)

    monkeypatch.setattr(TenantRepository, "scoped", scoped)


def take_rls_down(platform: TestPlatform) -> None:
    protected = platform.query(
        "select oid::regclass::text as name from pg_class where relrowsecurity order by name"
    )
    assert len(protected) >= 10
    for table in protected:
        platform.owner_connection.execute(
            f"alter table {table['name']} disable row level security".encode()
        )


@pytest.mark.requirement("attacks:tenants:strangers-ids")
async def test_a_strangers_ids_are_as_unknown_as_any(
    platform: TestPlatform,
    unlimited: httpx.AsyncClient,
    globex: Tenant,
    belongings: Belongings,
    one_wall: None,
) -> None:
    before = rows_of(platform, belongings)
    walked: set[str] = set()
    for operation in NAMING:
        unknown = {prefix: format_id(prefix, new_id()) for prefix in belongings.by_prefix}
        strange = await ask(unlimited, operation, globex, belongings.by_prefix)
        assert strange == await ask(unlimited, operation, globex, unknown), operation
        if operation.id in PROVING:
            assert strange[0] in (400, 401, 403, 404, 422), (operation, strange)
        else:
            assert strange[0] == (200 if operation.id in PAGES else 404), (operation, strange)
        assert not [secret for secret in belongings.secrets if secret in strange[1]], operation
        walked.add(operation.id)
    assert len(walked) == len(NAMING) == 87
    await platform.relay()
    assert rows_of(platform, belongings) == before


async def test_with_both_walls_down_the_walk_sees_what_it_looks_for(
    platform: TestPlatform,
    unlimited: httpx.AsyncClient,
    globex: Tenant,
    belongings: Belongings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    take_the_repository_down(monkeypatch)
    take_rls_down(platform)
    seen: set[str] = set()
    for operation in NAMING:
        if operation.method == "GET" and operation.id not in ENDLESS:
            status, answer = await ask(unlimited, operation, globex, belongings.by_prefix)
            if status == 200 and any(secret in answer for secret in belongings.secrets):
                seen.add(operation.id)
    assert seen >= {
        "get_api_key",
        "get_environment",
        "get_heal",
        "get_organization",
        "get_run",
        "get_run_artifact",
        "get_run_report",
        "get_run_suite",
        "list_audit_entries",
    }


async def test_what_globex_lists_holds_nothing_of_acme(
    platform: TestPlatform,
    unlimited: httpx.AsyncClient,
    globex: Tenant,
    belongings: Belongings,
    one_wall: None,
) -> None:
    walked = 0
    for operation in operations():
        if operation.method == "GET" and "{" not in operation.path and operation.id not in ENDLESS:
            answer = await unlimited.get(operation.path, headers=globex.owner.headers)
            expected = 403 if operation.id in NOT_FOR_SESSIONS else 200
            assert answer.status_code == expected, (operation.id, answer.text)
            seen = [secret for secret in belongings.secrets if secret in answer.text]
            assert not seen, (operation.id, answer.text)
            walked += 1
    assert walked == 40


async def test_a_strangers_run_is_not_found_by_rpc_either(
    platform: TestPlatform, globex: Tenant, belongings: Belongings, one_wall: None
) -> None:
    organization_id = OrganizationId(parse_id("org", globex.id))
    context.principal.set(system("gateway", organization_id))
    with pytest.raises(RunNotFound):
        await platform.rpc.call(GET_RUN, qa_pb2.GetRunRequest(run_id=belongings.by_prefix["run"]))


async def test_nobody_runs_tests_with_a_strangers_secrets(
    platform: TestPlatform, globex: Tenant, belongings: Belongings, one_wall: None
) -> None:
    for known in ("acme", belongings.by_prefix["env"]):
        for path, run in (("runs", {}), ("schedules", {"name": "Mine"})):
            wanted = {"environment": known}
            body = {**run, "run": wanted} if run else wanted
            answer = await platform.client.post(
                f"/api/v1/qa/{path}", json=body, headers=globex.owner.headers
            )
            assert (answer.status_code, answer.json()["code"]) == (404, "qa.environment.not_found")


def rows_of(platform: TestPlatform, belongings: Belongings) -> dict[str, list[Any]]:
    """All rows of acme's, by table."""
    organization_id = parse_id("org", belongings.by_prefix["org"])
    tables = platform.query(
        "select attrelid::regclass::text as name from pg_attribute join pg_class c on c.oid = "
        "attrelid where attname = 'organization_id' and c.relkind = 'r' order by name"
    )
    rows = {
        table["name"]: platform.query(
            f"select to_jsonb(t) - 'last_used_at' as row from {table['name']} t"
            " where organization_id = %s order by 1",
            organization_id,
        )
        for table in tables
    }
    return rows | {name: platform.query(f"select * from {name} order by id") for name in PERSONAL}
