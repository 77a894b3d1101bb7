"""Heals that were proven, what is approved without a person, and how tests passed last."""

from argus.kernel.db import ddl

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    ddl.execute("""
        create table qa.healing_pattern (
          id uuid primary key,
          organization_id uuid not null,
          app text not null,
          element text not null,
          before jsonb not null,
          after jsonb not null,
          was text not null,
          becomes text not null,
          score double precision not null,
          margin double precision not null,
          reasons text[] not null,
          state text not null constraint known_pattern_state
            check (state in ('pending', 'approved', 'rejected', 'unlearnt')),
          run_id uuid not null,
          test_id text not null,
          step text not null,
          uses bigint not null default 1,
          decided_by text not null default '',
          created_at timestamptz not null,
          last_used_at timestamptz not null,
          decided_at timestamptz
        );
        create index healing_pattern_by_age on qa.healing_pattern (organization_id, id desc);
        create unique index healing_pattern_in_use
          on qa.healing_pattern (organization_id, app, element)
          where state in ('pending', 'approved');
        comment on column qa.healing_pattern.element is
          'digest of how the element was found before; equal in all tests that recorded it so';
        comment on column qa.healing_pattern.run_id is
          'the run that proved it first; it may be gone by now';

        create table qa.healing_policy (
          organization_id uuid primary key,
          least_score double precision not null
            constraint score_is_a_share check (least_score between 0 and 1),
          least_margin double precision not null
            constraint margin_is_a_share check (least_margin between 0 and 1),
          changed_by text not null,
          changed_at timestamptz not null
        );
    """)
    ddl.execute("""
        create table qa.passing_trail (
          organization_id uuid not null,
          app text not null,
          test_id text not null,
          trail jsonb not null,
          run_id uuid not null,
          primary key (organization_id, app, test_id)
        );
        comment on table qa.passing_trail is
          'what a test did when it passed the last time; a failure is compared with it';
    """)
    for table in ("qa.healing_pattern", "qa.healing_policy", "qa.passing_trail"):
        ddl.protect_tenant_table(table)


def downgrade() -> None:
    ddl.execute("drop table qa.passing_trail, qa.healing_policy, qa.healing_pattern;")
