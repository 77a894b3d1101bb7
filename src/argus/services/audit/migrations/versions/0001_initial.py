"""The hash-chained log and the head of each organization's chain."""

from alembic import op

from argus.kernel.db import ddl

revision = "0001"
down_revision = None


def upgrade() -> None:
    ddl.create_infrastructure("audit")
    ddl.execute("""
        create table audit.entry (
          organization_id uuid not null,
          seq bigint not null,
          event_id uuid not null,
          body text not null,
          previous_hash bytea not null,
          hash bytea not null,
          type text generated always as (body::jsonb ->> 'type') stored,
          subject text generated always as (body::jsonb ->> 'subject') stored,
          principal text generated always as (body::jsonb -> 'principal' ->> 'id') stored,
          time text collate "C" generated always as (body::jsonb ->> 'time') stored,
          primary key (organization_id, seq),
          constraint one_entry_per_event unique (organization_id, event_id),
          constraint hash_is_sha256 check (length(hash) = 32 and length(previous_hash) = 32)
        );
        comment on column audit.entry.body is 'the hashed text itself; the columns after it derive';
        create index entry_by_type on audit.entry (organization_id, type, seq desc);
        create index entry_by_subject on audit.entry (organization_id, subject, seq desc);
        create index entry_by_principal on audit.entry (organization_id, principal, seq desc);

        create table audit.chain (
          organization_id uuid primary key,
          entries bigint not null,
          head bytea not null
        );
    """)
    ddl.protect_tenant_table("audit.entry")
    ddl.protect_tenant_table("audit.chain")
    config = op.get_context().config
    assert config is not None  # kernel.db.migrate gives it, with the role
    role = config.attributes["role"]
    ddl.execute(f"""
        revoke update, delete on audit.entry from {role};
        revoke delete on audit.chain from {role};
    """)


def downgrade() -> None:
    ddl.drop_everything("audit")
