"""Infrastructure of the gateway service."""

from argus.kernel.db import ddl

revision = "0001"
down_revision = None


def upgrade() -> None:
    ddl.create_infrastructure("gateway")


def downgrade() -> None:
    ddl.drop_everything("gateway")
