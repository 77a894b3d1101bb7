"""Which mails were sent. No address, no text: those are in the mail alone."""

from argus.kernel.db.ddl import create_infrastructure, drop_everything, execute

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_infrastructure("notify")
    execute("""
        create table notify.mails (
          message_id text primary key,
          template text not null,
          sent_at timestamptz not null
        );
    """)


def downgrade() -> None:
    drop_everything("notify")
