"""Second factors, passkeys, proofs by mail, sign-ins under way, and the job queue."""

from argus.kernel.db.ddl import create_job_queue, drop_job_queue, execute

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_job_queue("auth")
    execute("""
        create table auth.totp (
          user_id uuid constraint totp_pk primary key,
          sealed_secret bytea not null,
          created_at timestamptz not null,
          confirmed_at timestamptz,
          last_step bigint not null
        );
        comment on column auth.totp.last_step is
          'the latest time step a code was taken of (RFC 6238 section 5.2); none is taken again';

        create table auth.recovery_code (
          user_id uuid not null,
          hash bytea not null,
          used_at timestamptz,
          constraint recovery_code_pk primary key (user_id, hash)
        );
        comment on column auth.recovery_code.hash is 'SHA-256 of the user id and 80 random bits';

        create table auth.passkey (
          id uuid constraint passkey_pk primary key,
          user_id uuid not null,
          credential_id bytea not null constraint passkey_credential unique,
          public_key bytea not null,
          sign_count bigint not null,
          transports text[] not null,
          synced boolean not null,
          name text not null,
          created_at timestamptz not null,
          last_used_at timestamptz
        );
        create index passkey_by_user on auth.passkey (user_id, id);

        create table auth.passkey_challenge (
          challenge bytea constraint passkey_challenge_pk primary key,
          purpose text not null constraint passkey_challenge_purpose
            check (purpose in ('register', 'sign_in', 'confirm')),
          user_id uuid,
          expires_at timestamptz not null,
          constraint passkey_challenge_user check ((purpose = 'sign_in') = (user_id is null))
        );
        create index passkey_challenge_by_expiry on auth.passkey_challenge (expires_at);

        create table auth.sign_in_flow (
          hash bytea constraint sign_in_flow_pk primary key,
          user_id uuid not null,
          bound_to uuid,
          strength text[] not null,
          method text not null,
          return_to text not null,
          attempts int not null,
          created_at timestamptz not null,
          expires_at timestamptz not null
        );
        create index sign_in_flow_by_user on auth.sign_in_flow (user_id);
        create index sign_in_flow_by_expiry on auth.sign_in_flow (expires_at);
        comment on table auth.sign_in_flow is
          'people who passed their first factor and have to pass another';

        create table auth.email_proof (
          id uuid constraint email_proof_pk primary key,
          purpose text not null constraint email_proof_purpose check (purpose in
            ('verify', 'sign_in_link', 'sign_in_code', 'reset_password', 'sign_up')),
          user_id uuid,
          sealed_sign_up bytea,
          attempts int not null,
          created_at timestamptz not null,
          expires_at timestamptz not null,
          used_at timestamptz
        );
        create index email_proof_by_user on auth.email_proof (user_id) where used_at is null;
        create index email_proof_by_expiry on auth.email_proof (expires_at);
        comment on table auth.email_proof is
          'what was mailed as proof of an address; the secrets are derived from the id under the'
          ' master key and stand nowhere. Without a user: the address is nobody''s';
    """)


def downgrade() -> None:
    execute("""
        drop table auth.totp, auth.recovery_code, auth.passkey, auth.passkey_challenge,
          auth.sign_in_flow, auth.email_proof;
    """)
    drop_job_queue("auth")
