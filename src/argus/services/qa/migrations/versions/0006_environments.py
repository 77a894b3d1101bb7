"""Environments, and the one that a run was started in."""

from argus.kernel.db import ddl

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    ddl.execute("""
        create table qa.environment (
          id uuid primary key,
          organization_id uuid not null,
          name text not null,
          base_url text not null,
          read_only boolean not null,
          variables jsonb not null,
          login jsonb,
          roles jsonb not null,
          has_database boolean not null,
          secret_names text[] not null,
          sealed_secrets bytea,
          created_by text not null,
          created_at timestamptz not null,
          changed_at timestamptz not null,
          constraint environment_name unique (organization_id, name)
        );
        create index environment_by_age on qa.environment (organization_id, id desc);
        comment on column qa.environment.sealed_secrets is
          'sealed; passwords, the address of the database and what steps name as secrets';
        alter table qa.run add column environment text;
        comment on column qa.run.environment is 'name of the environment it was started in';
    """)
    ddl.protect_tenant_table("qa.environment")


def downgrade() -> None:
    ddl.execute("""
        alter table qa.run drop column environment;
        drop table qa.environment;
    """)
