"""Whose sessions, ended ones too: at each sign-in it is asked from where there were others."""

from argus.kernel.db.ddl import execute

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("""
        create index session_by_user on auth.session (user_id, id);
        drop index auth.session_live_by_user;
    """)


def downgrade() -> None:
    execute("""
        create index session_live_by_user on auth.session (user_id, id) where revoked_at is null;
        drop index auth.session_by_user;
    """)
