"""What the services' migrations share: infrastructure tables, tenant policies, the job queue.

Schema, role and default privileges are made by `kernel.db.migrate` before the first revision.
"""

from pathlib import Path

import procrastinate
from alembic import op

_TENANT = (
    "organization_id = (select nullif(current_setting('argus.organization_id', true), '')::uuid)"
    " or (select current_setting('argus.unscoped', true)) = 'on'"
)


def execute(statements: str) -> None:
    """Run DDL as it stands: no bind parameters, so PL/pgSQL's `:=` and `%` are safe."""
    cursor = op.get_bind().connection.cursor()
    cursor.execute(statements)  # SQLAlchemy would pass parameters, and psycopg look for them
    cursor.close()


def create_infrastructure(schema: str) -> None:
    """Outbox, inbox, dead letters and stored answers of idempotent requests."""
    execute(f"""
        create table {schema}.outbox (
          position bigint generated always as identity primary key,
          id uuid not null unique,
          organization_id uuid,
          topic text not null,
          type text not null,
          key text not null,
          shard smallint not null,
          envelope jsonb not null,
          attempts int not null default 0,
          available_at timestamptz not null default now()
        );
        create index outbox_by_shard on {schema}.outbox (shard, position);
        create index outbox_by_key on {schema}.outbox (key, position);

        create table {schema}.inbox (
          consumer text not null,
          event_id uuid not null,
          received_at timestamptz not null default now(),
          primary key (consumer, event_id)
        );
        create index inbox_by_age on {schema}.inbox (received_at);

        create table {schema}.dead_letter (
          consumer text not null,
          event_id uuid not null,
          envelope jsonb not null,
          error text not null,
          failed_at timestamptz not null default now(),
          primary key (consumer, event_id)
        );

        create table {schema}.idempotency (
          principal text not null,
          operation text not null,
          key text not null,
          request_hash bytea not null,
          status int,
          sealed_answer bytea,
          created_at timestamptz not null default now(),
          primary key (principal, operation, key)
        );
        create index idempotency_by_age on {schema}.idempotency (created_at);
        comment on column {schema}.idempotency.sealed_answer is
          'sealed: an answer may hold a secret that is shown once';
    """)


def protect_tenant_table(table: str, extra: str | None = None) -> None:
    """RLS, forced, closed when no organization is set. `extra` is one more way a row is visible."""
    condition = f"({_TENANT})" + (f" or ({extra})" if extra else "")
    execute(f"""
        alter table {table} enable row level security;
        alter table {table} force row level security;
        create policy tenant on {table} using ({condition}) with check ({_TENANT});
    """)


def create_job_queue(schema: str) -> None:
    """Procrastinate's tables and functions, inside the service's own schema."""
    path = Path(procrastinate.__file__).parent / "sql" / "schema.sql"
    execute(f"set local search_path = {schema}")
    execute(path.read_text(encoding="utf-8"))
    execute("set local search_path = public")


def drop_job_queue(schema: str) -> None:
    """Undo `create_job_queue`."""
    execute(f"""
        do $$ declare name text; begin
          for name in select tablename from pg_tables
            where schemaname = '{schema}' and tablename like 'procrastinate%'
          loop execute format('drop table {schema}.%I cascade', name); end loop;
          for name in select p.oid::regprocedure::text from pg_proc p
            join pg_namespace n on n.oid = p.pronamespace
            where n.nspname = '{schema}' and p.proname like 'procrastinate%'
          loop execute 'drop routine ' || name || ' cascade'; end loop;
          for name in select format('%I.%I', n.nspname, t.typname) from pg_type t
            join pg_namespace n on n.oid = t.typnamespace
            where n.nspname = '{schema}' and t.typname like 'procrastinate%'
              and t.typtype in ('e', 'c')
          loop execute 'drop type ' || name || ' cascade'; end loop;
        end $$;
    """)


def drop_everything(schema: str) -> None:
    """Undo a service's first migration: everything in its schema but Alembic's own table."""
    execute(f"""
        do $$ declare name text; begin
          for name in select tablename from pg_tables
            where schemaname = '{schema}' and tablename <> 'migration'
          loop execute format('drop table {schema}.%I cascade', name); end loop;
          for name in select p.oid::regprocedure::text from pg_proc p
            join pg_namespace n on n.oid = p.pronamespace where n.nspname = '{schema}'
          loop execute 'drop routine ' || name || ' cascade'; end loop;
          for name in select format('%I.%I', n.nspname, t.typname) from pg_type t
            join pg_namespace n on n.oid = t.typnamespace
            where n.nspname = '{schema}' and t.typtype = 'e'
          loop execute 'drop type ' || name || ' cascade'; end loop;
        end $$;
    """)
