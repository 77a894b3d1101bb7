"""Which sessions a session started, ended ones too: deleting it asks PostgreSQL for all of them."""

from argus.kernel.db.ddl import execute

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("""
        drop index auth.session_by_starter;
        create index session_by_starter on auth.session (started_by) where started_by is not null;
    """)


def downgrade() -> None:
    execute("""
        drop index auth.session_by_starter;
        create index session_by_starter on auth.session (started_by) where revoked_at is null;
    """)
