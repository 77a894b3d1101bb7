"""Find what somebody did in another's place: by index over the actors of an entry."""

from argus.kernel.db.ddl import execute

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("""
        create index entry_by_actor on audit.entry
          using gin ((cast(body as jsonb) -> 'principal' -> 'actors') jsonb_path_ops);
    """)


def downgrade() -> None:
    execute("drop index audit.entry_by_actor;")
