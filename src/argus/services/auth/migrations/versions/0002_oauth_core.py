"""Sessions of other clients than Argus's own, and proofs that are good for one use."""

from argus.kernel.db.ddl import execute

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("""
        alter table auth.session
          add column scopes text[],
          add column audience text,
          add column started_by uuid
            constraint session_started_by references auth.session on delete set null,
          add column offline boolean not null default false,
          add column cnf_jkt text;
        create index session_by_starter on auth.session (started_by) where revoked_at is null;
        comment on column auth.session.scopes is 'null: Argus''s own client, not limited';
        comment on column auth.session.audience is
          'whom the access tokens are for (RFC 8707); null: this platform';
        comment on column auth.session.started_by is
          'the session in which the person let this client in; its end is this one''s too,'
          ' unless offline';
        comment on column auth.session.cnf_jkt is
          'thumbprint of the key that the refresh tokens are bound to (RFC 9449 section 5)';

        create table auth.used_proof (
          digest bytea constraint used_proof_pk primary key,
          expires_at timestamptz not null
        );
        create index used_proof_by_expiry on auth.used_proof (expires_at);
        comment on column auth.used_proof.digest is
          'SHA-256 of what makes the proof unique: its purpose, issuer and jti';
    """)


def downgrade() -> None:
    execute("""
        drop table auth.used_proof;
        alter table auth.session
          drop column scopes, drop column audience, drop column started_by, drop column offline,
          drop column cnf_jkt;
    """)
