"""Infrastructure of the billing service."""

from argus.kernel.db import ddl

revision = "0001"
down_revision = None


def upgrade() -> None:
    ddl.create_infrastructure("billing")


def downgrade() -> None:
    ddl.drop_everything("billing")
