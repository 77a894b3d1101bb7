"""Users, organizations, memberships and invitations."""

from argus.kernel.db.ddl import (
    create_infrastructure,
    create_job_queue,
    drop_everything,
    execute,
    protect_tenant_table,
)

revision = "0001"
down_revision = None

_ROLES = """array['owner', 'admin', 'member', 'viewer', 'project_admin', 'project_member',
  'project_viewer', 'billing_admin', 'security_admin', 'service_account', 'api_user']"""

# What `scope.as_user` and `scope.with_invitation` open, for one transaction.
_OWN_MEMBERSHIP = "user_id = (select nullif(current_setting('argus.user_id', true), '')::uuid)"
_PRESENTED_INVITATION = (
    "id = (select nullif(current_setting('argus.invitation_id', true), '')::uuid)"
)


def upgrade() -> None:
    create_infrastructure("identity")
    create_job_queue("identity")
    execute("""
        create table identity.users (
          id uuid primary key,
          email text not null,
          email_key text not null constraint users_email_taken unique,
          email_verified boolean not null,
          name text not null constraint users_name_length check (char_length(name) <= 200),
          created_at timestamptz not null,
          deactivated_at timestamptz
        );
        comment on column identity.users.email_key is
          'the address in the form in which two spellings of one mailbox are equal';
    """)
    execute("""
        create table identity.organizations (
          organization_id uuid primary key,
          name text not null
            constraint organizations_name_length check (char_length(name) between 1 and 200),
          personal boolean not null,
          created_at timestamptz not null,
          deleted_at timestamptz
        );
    """)
    execute(f"""
        create table identity.memberships (
          organization_id uuid not null references identity.organizations,
          user_id uuid not null references identity.users,
          roles text[] not null constraint memberships_roles
            check (roles <@ {_ROLES} and cardinality(roles) > 0),
          joined_at timestamptz not null,
          primary key (organization_id, user_id)
        );
        create index memberships_by_user on identity.memberships (user_id);
    """)
    execute(f"""
        create table identity.invitations (
          id uuid primary key,
          organization_id uuid not null references identity.organizations,
          email text not null,
          email_key text not null,
          roles text[] not null constraint invitations_roles
            check (roles <@ {_ROLES} and cardinality(roles) > 0),
          invited_by uuid not null references identity.users,
          created_at timestamptz not null,
          expires_at timestamptz not null,
          revoked_at timestamptz,
          accepted_at timestamptz,
          accepted_by uuid references identity.users
        );
        create index invitations_open on identity.invitations (organization_id, id)
          where accepted_at is null and revoked_at is null;
    """)
    protect_tenant_table("identity.memberships", extra=_OWN_MEMBERSHIP)
    protect_tenant_table(
        "identity.organizations",
        extra="exists (select from identity.memberships m where"
        f" m.organization_id = organizations.organization_id and m.{_OWN_MEMBERSHIP})",
    )
    protect_tenant_table("identity.invitations", extra=_PRESENTED_INVITATION)


def downgrade() -> None:
    drop_everything("identity")
