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

        alter table auth.api_key
          add column user_id uuid,
          add column roles text[] not null default '{}',
          add column slow_hash text,
          alter column lookup drop not null,
          add constraint api_key_recognisable check (lookup is not null or slow_hash is not null);
        create index api_key_by_user on auth.api_key (user_id) where user_id is not null;
        create index api_key_unrecognised on auth.api_key (hint) where slow_hash is not null;
        comment on column auth.api_key.user_id is
          'whose personal access token it is; null: the organization''s key';
        comment on column auth.api_key.roles is
          'of that person in the organization, kept by what identity tells';
        comment on column auth.api_key.slow_hash is
          'bcrypt of the whole key: by it an imported key is recognised when it is first used, and'
          ' any key after the master key was lost';
    """)
    # Who signs in, or presents a key, is measured before the unit is the organization's.
    protect_tenant_table(
        "auth.organization_security",
        extra="organization_id = (select nullif("
        "current_setting('argus.security_of', true), '')::uuid)",
    )
    # Whoever presents a key may read its row: by its HMAC, or the rows whose hint it begins with.
    # Whoever ends what a person may do reads that person's keys, of all organizations.
    execute("""
        alter policy tenant on auth.api_key using (
          organization_id =
            (select nullif(current_setting('argus.organization_id', true), '')::uuid)
          or (select current_setting('argus.unscoped', true)) = 'on'
          or lookup = any(string_to_array(
            nullif(current_setting('argus.api_key_lookups', true), ''), ',')::bytea[])
          or hint = any(string_to_array(
            nullif(current_setting('argus.api_key_hints', true), ''), ','))
          or user_id = (select nullif(current_setting('argus.api_key_user', true), '')::uuid)
        );
    """)


def downgrade() -> None:
    execute("""
        alter policy tenant on auth.api_key using (
          organization_id =
            (select nullif(current_setting('argus.organization_id', true), '')::uuid)
          or (select current_setting('argus.unscoped', true)) = 'on'
          or lookup = any(string_to_array(
            nullif(current_setting('argus.api_key_lookups', true), ''), ',')::bytea[])
        );
        delete from auth.api_key where lookup is null or user_id is not null;
        alter table auth.api_key
          drop constraint api_key_recognisable,
          drop column user_id, drop column roles, drop column slow_hash,
          alter column lookup set not null;
        alter table auth.session drop column method;
        drop table auth.organization_security;
    """)
