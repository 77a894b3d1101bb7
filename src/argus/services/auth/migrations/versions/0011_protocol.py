"""Assertions for other servers, keys of service accounts, managed registrations."""

from argus.kernel.db.ddl import execute

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    execute("""
        alter table auth.api_key
          add column service_account_id uuid
            constraint api_key_service_account references auth.service_account,
          add constraint api_key_of_one check (user_id is null or service_account_id is null);
        create index api_key_by_service_account
          on auth.api_key (service_account_id) where service_account_id is not null;
        comment on column auth.api_key.service_account_id is 'whom the key speaks for, if anybody';

        alter table auth.client
          add column authorization_servers jsonb not null default '[]';
        comment on column auth.client.authorization_servers is
          'others for which it gets identity assertions, and as what they know it';

        alter table auth.open_client add column access_digest bytea;
        comment on column auth.open_client.access_digest is
          'SHA-256 of the token with which a registered client manages its registration';
    """)


def downgrade() -> None:
    execute("""
        delete from auth.api_key where service_account_id is not null;
        alter table auth.client drop column authorization_servers;
        alter table auth.open_client drop column access_digest;
        alter table auth.api_key
          drop constraint api_key_of_one, drop column service_account_id;
    """)
