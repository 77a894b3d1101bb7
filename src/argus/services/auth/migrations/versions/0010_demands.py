"""By which linked identity a session began; impersonations, and who may begin one."""

from argus.kernel.db.ddl import execute, protect_tenant_table

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("""
        alter table auth.session add column identity_id uuid;
        create index session_by_identity on auth.session (identity_id)
          where identity_id is not null;
        comment on column auth.session.identity_id is
          'the linked identity by which the person signed in; its end is the session''s';
        alter table auth.sign_in_flow add column identity_id uuid;

        create table auth.impersonation (
          id uuid constraint impersonation_pk primary key,
          organization_id uuid not null,
          user_id uuid not null,
          administrator_id uuid not null,
          reason text not null,
          started_at timestamptz not null,
          ends_at timestamptz not null
        );
        create index impersonation_by_organization on auth.impersonation (organization_id, id);
        comment on column auth.impersonation.id is 'that of its session';

        create table auth.impersonation_grant (
          organization_id uuid not null,
          user_id uuid not null,
          granted_by uuid not null,
          granted_at timestamptz not null,
          expires_at timestamptz not null,
          constraint impersonation_grant_pk primary key (organization_id, user_id)
        );
        comment on table auth.impersonation_grant is
          'who holds admin:impersonate, which no role has';
    """)
    # A browser that shows the session's cookie belongs to no tenant yet.
    protect_tenant_table(
        "auth.impersonation",
        extra="id = (select nullif(current_setting('argus.impersonation', true), '')::uuid)",
    )
    protect_tenant_table("auth.impersonation_grant")


def downgrade() -> None:
    execute("""
        drop table auth.impersonation_grant, auth.impersonation;
        alter table auth.sign_in_flow drop column identity_id;
        drop index auth.session_by_identity;
        alter table auth.session drop column identity_id;
    """)
