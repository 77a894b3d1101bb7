"""The latest runs of an application, however many there are of others."""

from argus.kernel.db import ddl

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    ddl.execute("""
        create index run_by_app on qa.run (organization_id, app_url, id desc)
          where ended_at is not null;
    """)


def downgrade() -> None:
    ddl.execute("drop index qa.run_by_app;")
