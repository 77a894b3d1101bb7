"""The browser's session cookie, and device authorizations (RFC 8628)."""

from argus.kernel.db.ddl import execute

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("""
        alter table auth.session add column cookie_hash bytea
          constraint session_cookie unique;
        comment on column auth.session.cookie_hash is
          'SHA-256 of the 256 random bits in the cookie of the browser that is signed in';

        create table auth.device_authorization (
          device_code_hash bytea constraint device_authorization_pk primary key,
          user_code_hash bytea not null constraint device_authorization_user_code unique,
          client_id text not null,
          scopes text[],
          audience text not null,
          address text not null,
          created_at timestamptz not null,
          expires_at timestamptz not null,
          interval_s int not null,
          polled_at timestamptz,
          decision text constraint device_authorization_decision
            check (decision in ('approved', 'denied')),
          user_id uuid,
          bound_to uuid,
          started_by uuid,
          constraint device_authorization_approved check
            ((coalesce(decision, '') = 'approved') = (num_nulls(user_id, bound_to, started_by) = 0))
        );
        create index device_authorization_by_expiry on auth.device_authorization (expires_at);
        comment on column auth.device_authorization.user_code_hash is
          'HMAC of the user code, which alone has too few bits to be hashed safely';
        comment on column auth.device_authorization.bound_to is
          'the organization that the access tokens are for';
        comment on column auth.device_authorization.started_by is
          'the browser session in which the person approved';
    """)


def downgrade() -> None:
    execute("""
        drop table auth.device_authorization;
        alter table auth.session drop column cookie_hash;
    """)
