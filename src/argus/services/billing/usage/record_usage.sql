-- name: record usage once per (source, id), and add what is new to its month's total
-- Several requests are written at once; the answer says what of each was new.
-- events and totals are locked in the order of their keys, so two batches never wait for each other
with incoming as materialized (
  select distinct on (source, id) request, source, id, meter, quantity, occurred_at
  from rows from (
    jsonb_to_recordset(cast(:events as jsonb))
      as (request int, source text, id text, meter text, quantity bigint, occurred_at timestamptz)
  ) with ordinality as event (request, source, id, meter, quantity, occurred_at, position)
  order by source, id, position
), inserted as (
  insert into billing.usage_event
    (organization_id, source, id, meter, quantity, occurred_at, recorded_at)
  select :organization_id, source, id, meter, quantity, occurred_at, :now from incoming
  order by source, id
  on conflict do nothing
  returning source, id, meter, quantity, occurred_at
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
select request, inserted.meter, cast(sum(inserted.quantity) as bigint) as quantity,
  count(*) as events
from inserted join incoming using (source, id)
group by 1, 2
