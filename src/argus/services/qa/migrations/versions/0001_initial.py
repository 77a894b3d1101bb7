"""Runs, their results and their events; the job queue; the graph's checkpoints."""

from langgraph.checkpoint.postgres.base import MIGRATIONS

from argus.kernel.db import ddl

revision = "0001"
down_revision = None


def upgrade() -> None:
    ddl.create_infrastructure("qa")
    ddl.create_job_queue("qa")
    ddl.execute("""
        create table qa.run (
          id uuid primary key,
          organization_id uuid not null,
          app_url text not null,
          status text not null constraint known_status
            check (status in ('queued', 'running', 'passed', 'failed', 'error')),
          options jsonb not null,
          sealed_password bytea,
          suite jsonb,
          seed bigint not null,
          error text not null default '',
          error_code text not null default '',
          report jsonb,
          last_event bigint not null default 0,
          created_by text not null,
          created_at timestamptz not null,
          started_at timestamptz,
          ended_at timestamptz
        );
        create index run_by_age on qa.run (organization_id, id desc);
        comment on column qa.run.sealed_password is
          'sealed; of the application under test; erased when the run ends';

        create table qa.test_result (
          run_id uuid not null references qa.run on delete cascade,
          organization_id uuid not null,
          test_id text not null,
          result jsonb not null,
          primary key (run_id, test_id)
        );

        create table qa.run_event (
          run_id uuid not null references qa.run on delete cascade,
          organization_id uuid not null,
          seq bigint not null,
          type text not null,
          data jsonb not null,
          at timestamptz not null,
          primary key (run_id, seq)
        );
    """)
    for table in ("qa.run", "qa.test_result", "qa.run_event"):
        ddl.protect_tenant_table(table)
    # A new database has no rows to lock out, so the indexes need no `concurrently`, which would
    # not run inside this transaction.
    ddl.execute("set local search_path = qa")
    for number, statement in enumerate(MIGRATIONS):
        ddl.execute(statement.replace(" CONCURRENTLY", ""))
        ddl.execute(f"insert into qa.checkpoint_migrations (v) values ({number})")
    ddl.execute("set local search_path = public")


def downgrade() -> None:
    ddl.drop_everything("qa")
