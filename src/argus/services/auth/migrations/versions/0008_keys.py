"""What organizations demand of sign-ins and credentials; keys of people, and imported keys;
explicit grants and impersonations.
"""

from argus.kernel.db.ddl import execute, protect_tenant_table

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("""
        create table auth.organization_security (
          organization_id uuid constraint organization_security_pk primary key,
          mfa_required boolean not null,
          sign_in_methods text[],
          email_domains text[],
          session_life interval,
          session_idle interval,
          address_ranges text[],
          api_key_life interval,
          changed_by text not null,
          changed_at timestamptz not null
        );
        comment on table auth.organization_security is 'null: not limited';

        alter table auth.session add column method text not null default 'password';
        comment on column auth.session.method is
          'how the person signed in: password, passkey, email, ldap, or a provider''s name';
    """)
    # Who signs in, or presents a key, is measured before the unit is the organization's.
    protect_tenant_table(
        "auth.organization_security",
        extra="organization_id = (select nullif("
        "current_setting('argus.security_of', true), '')::uuid)",
    )


def downgrade() -> None:
    execute("""
        alter table auth.session drop column method;
        drop table auth.organization_security;
    """)
