"""What PostgreSQL itself enforces: tenants by row, services by schema."""

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from argus.kernel.principal import system
from argus.services import SERVICES
from support.platform import TestPlatform

UNPROTECTED = {f"{service}.outbox" for service in SERVICES}
"""The relay carries the events of all tenants; nothing else reads the outboxes."""

PLAIN = {
    "auth.authorization_code",
    "auth.consent",
    "auth.device_authorization",
    "auth.email_proof",
    "auth.external_identity",
    "auth.open_client",
    "auth.passkey",
    "auth.passkey_challenge",
    "auth.password",
    "auth.provider_visit",
    "auth.pushed_request",
    "auth.recovery_code",
    "auth.refresh_token",
    "auth.revocation",
    "auth.session",
    "auth.sign_in_attempt",
    "auth.sign_in_flow",
    "auth.signing_key",
    "auth.totp",
    "auth.upstream_token",
    "auth.used_proof",
    "identity.users",
    "notify.mails",
}
"""Tables of no tenant: what is looked up before the tenant is known, or belongs to a person."""


def names(platform: TestPlatform, statement: str, *parameters: object) -> set[str]:
    return {row["name"] for row in platform.query(statement, *parameters)}


def test_each_table_with_an_organization_is_protected_even_from_its_owner(
    platform: TestPlatform,
) -> None:
    tenant_tables = names(
        platform,
        "select attrelid::regclass::text as name from pg_attribute a join pg_class c"
        " on c.oid = attrelid where attname = 'organization_id' and relkind in ('r', 'p')"
        " and relnamespace::regnamespace::text = any(%s)",
        list(SERVICES),
    )
    assert len(tenant_tables) >= 17
    protected = names(
        platform,
        "select c.oid::regclass::text as name from pg_class c where relrowsecurity"
        " and relforcerowsecurity and exists (select from pg_policy where polrelid = c.oid"
        " and pg_get_expr(polqual, polrelid) like '%%argus.organization_id%%'"
        " and pg_get_expr(polwithcheck, polrelid) like '%%argus.organization_id%%')",
    )
    assert tenant_tables - protected == UNPROTECTED


def test_a_table_without_an_organization_is_so_on_purpose(platform: TestPlatform) -> None:
    plain = names(
        platform,
        "select c.oid::regclass::text as name from pg_class c where relkind in ('r', 'p')"
        " and relnamespace::regnamespace::text = any(%s) and not exists (select from pg_attribute"
        " where attrelid = c.oid and attname = 'organization_id')",
        list(SERVICES),
    )
    infrastructure = ("inbox", "dead_letter", "idempotency", "migration")
    assert {
        name
        for name in plain
        if name.partition(".")[2] not in infrastructure
        and "procrastinate" not in name
        and "checkpoint" not in name
    } == PLAIN


def test_an_organization_is_never_unknown(platform: TestPlatform) -> None:
    nullable = names(
        platform,
        "select attrelid::regclass::text as name from pg_attribute join pg_class c on c.oid ="
        " attrelid where attname = 'organization_id' and not attnotnull and relkind = 'r'",
    )
    assert nullable == UNPROTECTED


def test_nothing_crosses_from_schema_to_schema(platform: TestPlatform) -> None:
    foreign_keys = names(
        platform,
        "select conname as name from pg_constraint k join pg_class a on a.oid = conrelid"
        " join pg_class b on b.oid = confrelid where a.relnamespace <> b.relnamespace",
    )
    triggers = names(
        platform,
        "select tgname as name from pg_trigger join pg_class c on c.oid = tgrelid"
        " join pg_proc p on p.oid = tgfoid where relnamespace <> pronamespace"
        " and not tgisinternal",
    )
    views = names(
        platform,
        "select c.oid::regclass::text as name from pg_class c where relkind in ('v', 'm')"
        " and relnamespace::regnamespace::text = any(%s)",
        list(SERVICES),
    )
    assert (foreign_keys, triggers, views) == (set(), set(), set())


def test_what_goes_with_a_deleted_row_is_found_by_an_index(platform: TestPlatform) -> None:
    """Without one PostgreSQL reads the whole table for each row that is deleted."""
    following = names(
        platform,
        "select conrelid::regclass || '.' || attname as name from pg_constraint join pg_attribute a"
        " on attrelid = conrelid and attnum = conkey[1] where contype = 'f' and confdeltype <> 'a'"
        " and attname <> 'worker_id'",  # Procrastinate's: workers that died are few
    )
    found = names(
        platform,
        "select indrelid::regclass || '.' || attname as name from pg_index join pg_attribute a"
        " on attrelid = indrelid and attnum = indkey[0] where indpred is null"
        " or pg_get_expr(indpred, indrelid) = format('(%%I IS NOT NULL)', attname)",
    )
    assert len(following) >= 13
    assert following <= found


def test_a_service_has_no_power_but_over_the_rows_of_its_schema(platform: TestPlatform) -> None:
    for service in SERVICES:
        role = f"argus_{service}"
        [rights] = platform.query(
            "select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication"
            " as power, exists (select from pg_auth_members where member = r.oid) as inherits,"
            " exists (select from pg_class where relowner = r.oid) as owns"
            " from pg_roles r where rolname = %s",
            role,
        )
        assert rights == {"power": False, "inherits": False, "owns": False}, service
        reached = names(
            platform,
            "select nspname as name from pg_namespace where has_schema_privilege(%s, oid, 'usage')"
            " and nspname = any(%s)",
            role,
            list(SERVICES),
        )
        assert reached == {service}
        tables = names(
            platform,
            "select c.oid::regclass::text as name from pg_class c where relkind in ('r', 'p')"
            " and relnamespace::regnamespace::text = any(%s) and relnamespace::regnamespace::text"
            " <> %s and has_table_privilege(%s, c.oid, 'select, insert, update, delete')",
            list(SERVICES),
            service,
            role,
        )
        assert tables == set(), service
        created = names(
            platform,
            "select nspname as name from pg_namespace where has_schema_privilege(%s, oid,"
            " 'create') and nspname = any(%s)",
            role,
            list(SERVICES),
        )
        assert created == set(), service


async def test_a_service_that_reaches_for_another_ones_table_is_refused(
    platform: TestPlatform,
) -> None:
    async with platform.unit_of_work("billing", system("billing")) as uow:
        with pytest.raises(ProgrammingError, match="permission denied for schema identity"):
            await uow.session.execute(text("select * from identity.users"))


def test_the_audit_log_is_only_ever_added_to(platform: TestPlatform) -> None:
    forbidden = names(
        platform,
        "select right_ as name from unnest(array['update', 'delete', 'truncate']) right_"
        " where has_table_privilege('argus_audit', 'audit.entry', right_)",
    )
    assert forbidden == set()


def test_the_walk_uses_the_installations_roles(platform: TestPlatform) -> None:
    url = platform.modules["billing"].database.url
    assert url.username == "argus_billing"
    assert isinstance(platform.owner_connection, psycopg.Connection)
