"""Passwords, sessions, refresh tokens, signing keys, API keys, throttling and revocations.

Only API keys belong to an organization. Passwords and sessions are a person's, whatever
organizations the person is in, so their tables have no tenant.
"""

from argus.kernel.db.ddl import (
    create_infrastructure,
    drop_everything,
    execute,
    protect_tenant_table,
)

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_infrastructure("auth")
    execute("""
        create table auth.password (
          user_id uuid constraint password_pk primary key,
          hash text not null,
          pepper_id text not null,
          set_at timestamptz not null
        );
        comment on column auth.password.hash is
          'argon2id over HMAC-SHA-256 of the password under the pepper that pepper_id names';

        create table auth.session (
          id uuid constraint session_pk primary key,
          user_id uuid not null,
          client_id text not null,
          user_agent text not null,
          address text not null,
          strength text[] not null,
          authenticated_at timestamptz not null,
          last_seen_at timestamptz not null,
          expires_at timestamptz not null,
          revoked_at timestamptz,
          revocation_reason text,
          constraint session_revocation check ((revoked_at is null) = (revocation_reason is null))
        );
        create index session_live_by_user on auth.session (user_id, id) where revoked_at is null;
        create index session_by_expiry on auth.session (expires_at);

        create table auth.refresh_token (
          hash bytea constraint refresh_token_pk primary key,
          session_id uuid not null
            constraint refresh_token_session references auth.session on delete cascade,
          parent bytea,
          bound_to uuid not null,
          created_at timestamptz not null,
          used_at timestamptz,
          sealed_answer bytea
        );
        create index refresh_token_by_session on auth.refresh_token (session_id);
        create index refresh_token_replayable on auth.refresh_token (used_at)
          where sealed_answer is not null;
        create index refresh_token_spent on auth.refresh_token (used_at)
          where sealed_answer is null;
        comment on table auth.refresh_token is
          'the tokens of a session are one family; its revocation and expiry are the session''s';
        comment on column auth.refresh_token.hash is 'SHA-256 of 256 random bits';
        comment on column auth.refresh_token.bound_to is
          'the organization that the access tokens are for';
        comment on column auth.refresh_token.sealed_answer is
          'what this token was answered with, replayed within the grace window';

        create table auth.signing_key (
          kid text constraint signing_key_pk primary key,
          generation int not null constraint signing_key_generation unique,
          algorithm text not null
            constraint signing_key_algorithm check (algorithm in ('RS256', 'ES256')),
          sealed_key bytea not null,
          signs_from timestamptz not null,
          expires_at timestamptz
        );
        comment on column auth.signing_key.generation is
          'unique, so that concurrent starts and rotations make one key';
        comment on column auth.signing_key.sealed_key is 'PKCS#8, sealed';
        comment on column auth.signing_key.expires_at is
          'when the last token it may have signed is over; null while it is the newest';

        create table auth.revocation (
          subject uuid not null,
          within uuid not null,
          epoch bigint not null,
          revoked_at timestamptz not null,
          constraint revocation_pk primary key (subject, within)
        );
        create index revocation_by_age on auth.revocation (revoked_at);
        create sequence auth.revocation_epoch owned by auth.revocation.epoch;
        select nextval('auth.revocation_epoch');
        comment on table auth.revocation is
          'tokens of this subject (user, session, organization) from an earlier epoch are dead;'
          ' within: only those for this organization, nil means all';

        create table auth.sign_in_attempt (
          subject bytea constraint sign_in_attempt_pk primary key,
          attempts int not null,
          last_at timestamptz not null,
          blocked_until timestamptz not null
        );
        create index sign_in_attempt_by_age on auth.sign_in_attempt (last_at);
        comment on column auth.sign_in_attempt.subject is
          'HMAC of the e-mail address or the network address: neither is readable here';

        create table auth.api_key (
          id uuid constraint api_key_pk primary key,
          organization_id uuid not null,
          name text not null,
          hint text not null,
          lookup bytea not null constraint api_key_lookup unique,
          pepper_id text not null,
          scopes text[] not null,
          created_by text not null,
          created_at timestamptz not null,
          expires_at timestamptz,
          last_used_at timestamptz,
          successor_id uuid,
          revoked_at timestamptz,
          revocation_reason text,
          constraint api_key_revocation check ((revoked_at is null) = (revocation_reason is null))
        );
        create index api_key_by_organization on auth.api_key (organization_id, id);
        comment on column auth.api_key.lookup is
          'HMAC-SHA-256 of the whole key under the pepper that pepper_id names';
    """)
    # Whoever presents a key may read its row, before it is known whose it is.
    protect_tenant_table(
        "auth.api_key",
        extra="lookup = any(string_to_array("
        "nullif(current_setting('argus.api_key_lookups', true), ''), ',')::bytea[])",
    )


def downgrade() -> None:
    drop_everything("auth")
