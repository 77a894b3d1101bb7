"""Subscriptions and usage."""

from argus.kernel.db import ddl

revision = "0001"
down_revision = None


def upgrade() -> None:
    ddl.create_infrastructure("billing")
    ddl.execute("""
        create table billing.subscription (
          organization_id uuid primary key,
          tier text not null,
          since timestamptz not null
        );

        create table billing.usage_event (
          organization_id uuid not null,
          source text not null,
          id text not null,
          meter text not null,
          quantity bigint not null constraint not_negative check (quantity >= 0),
          occurred_at timestamptz not null,
          recorded_at timestamptz not null,
          primary key (organization_id, source, id)
        );

        create table billing.usage_total (
          organization_id uuid not null,
          period date not null,
          meter text not null,
          quantity bigint not null,
          events bigint not null,
          primary key (organization_id, period, meter)
        );
        comment on column billing.usage_total.period is 'first day of the month, UTC';
    """)
    for table in ("billing.subscription", "billing.usage_event", "billing.usage_total"):
        ddl.protect_tenant_table(table)


def downgrade() -> None:
    ddl.drop_everything("billing")
