"""Authorization codes, pushed authorization requests and remembered consents.

All are a person's or a client's, whatever organization the tokens are for, so they have no tenant.
"""

from argus.kernel.db.ddl import execute

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("""
        create table auth.authorization_code (
          hash bytea constraint authorization_code_pk primary key,
          client_id text not null,
          user_id uuid not null,
          bound_to uuid not null,
          started_by uuid not null
            constraint authorization_code_started_by references auth.session on delete cascade,
          redirect_uri text,
          code_challenge text not null,
          dpop_jkt text,
          scopes text[] not null,
          audience text not null,
          nonce text,
          id_token_claims text[] not null,
          expires_at timestamptz not null,
          used_at timestamptz,
          session_id uuid
            constraint authorization_code_session references auth.session on delete cascade
        );
        create index authorization_code_by_expiry on auth.authorization_code (expires_at);
        create index authorization_code_by_starter on auth.authorization_code (started_by);
        create index authorization_code_by_session on auth.authorization_code (session_id);
        comment on column auth.authorization_code.hash is 'SHA-256 of 256 random bits';
        comment on column auth.authorization_code.bound_to is
          'the organization that the access tokens are for';
        comment on column auth.authorization_code.redirect_uri is
          'must come again with the code; null where the request left it out';
        comment on column auth.authorization_code.session_id is
          'what the code was exchanged for; ends when the code comes a second time';

        create table auth.pushed_request (
          hash bytea constraint pushed_request_pk primary key,
          client_id text not null,
          parameters jsonb not null,
          expires_at timestamptz not null
        );
        create index pushed_request_by_expiry on auth.pushed_request (expires_at);
        comment on column auth.pushed_request.hash is 'SHA-256 of 256 random bits';

        create table auth.consent (
          id uuid constraint consent_pk primary key,
          user_id uuid not null,
          client_id text not null,
          client_name text not null,
          audience text not null,
          bound_to uuid not null,
          scopes text[] not null,
          given_at timestamptz not null,
          constraint consent_subject unique (user_id, client_id, audience)
        );
        comment on column auth.consent.client_name is 'as the person was shown it';
        comment on column auth.consent.bound_to is
          'the organization for which the person let the client act';
    """)


def downgrade() -> None:
    execute("drop table auth.consent, auth.pushed_request, auth.authorization_code")
