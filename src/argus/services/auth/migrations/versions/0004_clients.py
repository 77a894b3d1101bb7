"""OAuth clients and their secrets; resources; service accounts."""

from argus.kernel.db.ddl import execute, protect_tenant_table

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("""
        create table auth.service_account (
          id uuid constraint service_account_pk primary key,
          organization_id uuid not null,
          name text not null,
          permissions text[] not null,
          created_by text not null,
          created_at timestamptz not null,
          disabled_at timestamptz
        );
        create index service_account_by_organization
          on auth.service_account (organization_id, id);

        create table auth.resource (
          id uuid constraint resource_pk primary key,
          organization_id uuid not null,
          identifier text not null,
          lookup text not null constraint resource_lookup unique,
          name text not null,
          scopes jsonb not null,
          created_by text not null,
          created_at timestamptz not null
        );
        create index resource_by_organization on auth.resource (organization_id, id);
        comment on column auth.resource.identifier is
          'the audience of its tokens (RFC 8707), as its organization spells it';
        comment on column auth.resource.lookup is
          'the identifier in the spelling that requests are compared in';
        comment on column auth.resource.scopes is 'what each scope allows, by its name';

        create table auth.client (
          id uuid constraint client_pk primary key,
          organization_id uuid not null,
          service_account_id uuid
            constraint client_service_account references auth.service_account,
          resources text[] not null,
          metadata jsonb not null,
          created_by text not null,
          created_at timestamptz not null,
          changed_at timestamptz not null
        );
        create index client_by_organization on auth.client (organization_id, id);
        create index client_by_service_account on auth.client (service_account_id);
        comment on column auth.client.metadata is 'in the names of RFC 7591';

        create table auth.client_secret (
          id uuid constraint client_secret_pk primary key,
          organization_id uuid not null,
          client_id uuid not null
            constraint client_secret_client references auth.client on delete cascade,
          digest bytea not null,
          hint text not null,
          created_by text not null,
          created_at timestamptz not null,
          expires_at timestamptz
        );
        create index client_secret_by_client on auth.client_secret (client_id, id);
        comment on column auth.client_secret.digest is 'SHA-256 of 155 random bits';

        create table auth.open_client (
          client_id text constraint open_client_pk primary key,
          metadata jsonb not null,
          secret_digest bytea,
          read_at timestamptz not null,
          fresh_until timestamptz
        );
        create index open_client_by_age on auth.open_client (read_at);
        create index session_by_client on auth.session (client_id);
        comment on table auth.open_client is
          'clients that no organization registered: metadata documents at their URL, and clients'
          ' that registered themselves';
        comment on column auth.open_client.fresh_until is
          'when a metadata document is to be read again; null for registrations';
    """)
    # Who presents an identifier may read what it names, before it is known whose it is.
    for table, column, setting in (
        ("service_account", "id", "argus.service_account_id"),
        ("client", "id", "argus.client_id"),
        ("client_secret", "client_id", "argus.client_id"),
    ):
        protect_tenant_table(
            f"auth.{table}",
            extra=f"{column} = (select nullif(current_setting('{setting}', true), '')::uuid)",
        )
    protect_tenant_table(
        "auth.resource",
        extra="lookup = (select nullif(current_setting('argus.resource', true), ''))",
    )


def downgrade() -> None:
    execute("""
        drop index auth.session_by_client;
        drop table auth.open_client, auth.client_secret, auth.client, auth.resource,
          auth.service_account
    """)
