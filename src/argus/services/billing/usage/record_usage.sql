-- name: record usage once per (source, id), and add what is new to its month's total
with incoming as (
  select distinct on (source, id) source, id, meter, quantity, occurred_at
  from jsonb_to_recordset(cast(:events as jsonb))
    as event (source text, id text, meter text, quantity bigint, occurred_at timestamptz)
  order by source, id
), inserted as (
  insert into billing.usage_event
    (organization_id, source, id, meter, quantity, occurred_at, recorded_at)
  select :organization_id, source, id, meter, quantity, occurred_at, :now from incoming
  on conflict do nothing
  returning meter, quantity, occurred_at
), added as (
  select cast(date_trunc('month', occurred_at at time zone 'UTC') as date) as period, meter,
    sum(quantity) as quantity, count(*) as events
  from inserted group by 1, 2
), totals as (
  insert into billing.usage_total (organization_id, period, meter, quantity, events)
  select :organization_id, period, meter, quantity, events from added
  order by period, meter
  on conflict (organization_id, period, meter) do update
    set quantity = usage_total.quantity + excluded.quantity,
        events = usage_total.events + excluded.events
)
select meter, cast(sum(quantity) as bigint) as quantity, cast(sum(events) as bigint) as events
from added group by meter
