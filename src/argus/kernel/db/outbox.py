"""The transactional outbox: its statements, and how keys map to shards.

Events of one key share a shard and leave it in the order of their insertion; `kernel.relay`
publishes and then deletes, so delivery is at least once.
"""

from functools import cache
from zlib import crc32

from sqlalchemy import TextClause, text

SHARDS = 4

_INSERT = """
-- name: publish an event with the transaction that made it true
with published as (
  insert into {schema}.outbox (id, organization_id, topic, type, key, shard, envelope)
  values (:id, :organization_id, :topic, :type, :key, :shard, cast(:envelope as jsonb))
)
select pg_notify('argus_outbox', '{schema}')
"""

TAKE = """
-- name: the next events of the held shards; a key waits while an earlier event of it does
select o.position, o.id, o.type, o.key, o.attempts, o.envelope
from {schema}.outbox o
where o.shard = any(%(shards)s) and o.available_at <= now()
  and not exists (
    select 1 from {schema}.outbox earlier
    where earlier.key = o.key and earlier.position < o.position and earlier.available_at > now())
order by o.position
limit %(limit)s
"""

DELETE = "delete from {schema}.outbox where position = any(%(positions)s)"

RETRY_LATER = """
update {schema}.outbox
set attempts = attempts + 1, available_at = now() + make_interval(secs => %(delay_s)s)
where position = %(position)s
"""


@cache
def insert_into_outbox(service: str) -> TextClause:
    """The statement that publishes an event of the service."""
    return text(_INSERT.format(schema=service))


def shard_of(key: str) -> int:
    """The shard that carries all events of `key`; the same in every process."""
    return crc32(key.encode()) % SHARDS
