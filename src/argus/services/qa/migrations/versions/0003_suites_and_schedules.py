"""Suites and their versions; schedules; what runs are for, and how much of their time is spent."""

from argus.kernel.db import ddl

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    ddl.execute("""
        create table qa.suite (
          id uuid primary key,
          organization_id uuid not null,
          name text not null,
          app_url text not null,
          latest int not null,
          created_by text not null,
          created_at timestamptz not null
        );
        create index suite_by_age on qa.suite (organization_id, id desc);

        create table qa.suite_version (
          suite_id uuid not null references qa.suite on delete cascade,
          organization_id uuid not null,
          number int not null,
          content jsonb not null,
          tests int not null,
          run_id uuid,
          created_by text not null,
          created_at timestamptz not null,
          primary key (suite_id, number)
        );
        create index suite_version_by_age on qa.suite_version (organization_id, created_at);
        comment on column qa.suite_version.run_id is 'the run it was saved from, perhaps gone';

        create table qa.schedule (
          id uuid primary key,
          organization_id uuid not null,
          name text not null,
          suite_id uuid references qa.suite on delete cascade,
          wanted jsonb not null,
          sealed_password bytea,
          cron text not null,
          timezone text not null,
          paused boolean not null,
          next_due timestamptz,
          sealed_secret bytea not null,
          last_due timestamptz,
          last_run_id uuid,
          last_error text not null default '',
          created_by text not null,
          created_at timestamptz not null
        );
        create index schedule_by_age on qa.schedule (organization_id, id desc);
        create index schedule_by_suite on qa.schedule (suite_id) where suite_id is not null;
        create index schedule_due on qa.schedule (next_due) where next_due is not null;
        comment on column qa.schedule.sealed_password is 'sealed; of the application under test';
        comment on column qa.schedule.sealed_secret is 'sealed; signs the announcements of deploys';

        alter table qa.run
          drop constraint known_status,
          add constraint known_status check (status in
            ('queued', 'running', 'paused', 'passed', 'failed', 'error', 'cancelled')),
          add column goal text not null default 'test'
            constraint known_goal check (goal in ('discover', 'plan', 'test')),
          add column suite_id uuid,
          add column suite_version int,
          add column schedule_id uuid,
          add column due_at timestamptz,
          add column pages jsonb,
          add column spent_s double precision not null default 0;
        create unique index run_once_per_due_time on qa.run (schedule_id, due_at)
          where schedule_id is not null;
        create index run_by_suite on qa.run (organization_id, suite_id, id desc)
          where suite_id is not null;
        create index run_by_goal on qa.run (organization_id, goal, id desc);
        create index run_by_end on qa.run (organization_id, ended_at) where ended_at is not null;
        comment on column qa.run.spent_s is 'of its time budget, by all executions so far';
    """)
    for table in ("qa.suite", "qa.suite_version"):
        ddl.protect_tenant_table(table)
    ddl.protect_tenant_table(
        "qa.schedule",
        extra="id = (select nullif(current_setting('argus.qa_schedule', true), '')::uuid)",
    )


def downgrade() -> None:
    ddl.execute("""
        drop table qa.schedule, qa.suite_version, qa.suite;
        delete from qa.run where status in ('paused', 'cancelled');
        drop index qa.run_once_per_due_time, qa.run_by_suite, qa.run_by_goal, qa.run_by_end;
        alter table qa.run
          drop constraint known_status,
          add constraint known_status
            check (status in ('queued', 'running', 'passed', 'failed', 'error')),
          drop column goal, drop column suite_id, drop column suite_version,
          drop column schedule_id, drop column due_at, drop column pages, drop column spent_s;
    """)
