"""Infrastructure of the audit service."""

from argus.kernel.db import ddl

revision = "0001"
down_revision = None


def upgrade() -> None:
    ddl.create_infrastructure("audit")


def downgrade() -> None:
    ddl.drop_everything("audit")
