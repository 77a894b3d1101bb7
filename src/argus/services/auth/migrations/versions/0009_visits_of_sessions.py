"""In which session a visit to a provider began that links an identity."""

from argus.kernel.db.ddl import execute

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("""
        alter table auth.provider_visit add column links_in uuid;
        comment on column auth.provider_visit.links_in is
          'the session of the user who links the identity: nothing is linked once it has ended';
    """)


def downgrade() -> None:
    execute("alter table auth.provider_visit drop column links_in")
