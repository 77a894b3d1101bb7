"""Secrets of roles and tokens; runs that test an API."""

from argus.kernel.db import ddl

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    ddl.execute("""
        alter table qa.run
          add column sealed_secrets bytea,
          drop constraint known_goal,
          add constraint known_goal check (goal in ('discover', 'plan', 'test', 'api'));
        alter table qa.schedule add column sealed_secrets bytea;
        comment on column qa.run.sealed_secrets is
          'sealed; tokens, and passwords of other roles of the application under test';
        comment on column qa.schedule.sealed_secrets is
          'sealed; tokens, and passwords of other roles of the application under test';
    """)


def downgrade() -> None:
    ddl.execute("""
        delete from qa.run where goal = 'api';
        alter table qa.run
          drop column sealed_secrets,
          drop constraint known_goal,
          add constraint known_goal check (goal in ('discover', 'plan', 'test'));
        alter table qa.schedule drop column sealed_secrets;
    """)
