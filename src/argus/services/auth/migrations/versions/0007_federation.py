"""People as other systems know them, visits to those systems, and their tokens."""

from argus.kernel.db.ddl import execute

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("""
        create table auth.external_identity (
          id uuid constraint external_identity_pk primary key,
          user_id uuid not null,
          provider text not null,
          issuer text not null,
          subject text not null,
          label text not null,
          created_at timestamptz not null,
          last_used_at timestamptz not null,
          disabled_at timestamptz,
          constraint external_identity_subject unique (issuer, subject)
        );
        create index external_identity_by_user on auth.external_identity (user_id, id);
        comment on column auth.external_identity.label is
          'by what the person recognises it; never used to find anybody';
        comment on column auth.external_identity.disabled_at is
          'when its user was deactivated: tokens of its issuer must not outlive that';

        create table auth.provider_visit (
          hash bytea constraint provider_visit_pk primary key,
          browser_hash bytea not null,
          provider text not null,
          links_to uuid,
          return_to text not null,
          expires_at timestamptz not null
        );
        create index provider_visit_by_expiry on auth.provider_visit (expires_at);
        comment on column auth.provider_visit.hash is
          'of the state; nonce and PKCE verifier are derived from it under the master key';
        comment on column auth.provider_visit.browser_hash is
          'of the cookie of the browser that set out: no other may come back';
        comment on column auth.provider_visit.links_to is
          'the user who links the identity; null: somebody signs in';

        create table auth.upstream_token (
          identity_id uuid constraint upstream_token_pk primary key
            constraint upstream_token_identity
            references auth.external_identity on delete cascade,
          sealed_tokens bytea not null,
          obtained_at timestamptz not null,
          refreshing_until timestamptz
        );
        comment on column auth.upstream_token.refreshing_until is
          'how long one process alone may use the refresh token, which is often good for one use';
    """)


def downgrade() -> None:
    execute("drop table auth.upstream_token, auth.provider_visit, auth.external_identity")
