"""Seals everything at rest anew with the current master key.

Whatever is sealed lies in a column `sealed_…` of type `bytea`, and is bound to
`<schema>.<table>.<column>:<primary key>`, several columns of the key joined by `|`, bytes in hex.
So the catalogue of the database says what there is to seal, and nothing can be forgotten.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from argus.kernel.crypto import Keyring
from argus.kernel.db.unit_of_work import Database, UnitOfWork
from argus.kernel.principal import system

BATCH = 100
"""Rows that are locked, and sealed anew, at a time."""
_HEADER_BYTES = 5

_COLUMNS = """
    select c.relname as table, a.attname as column, array(
        select k.attname from pg_index i
          cross join unnest(i.indkey) with ordinality as part (number, position)
          join pg_attribute k on k.attrelid = i.indrelid and k.attnum = part.number
        where i.indrelid = c.oid and i.indisprimary order by part.position
      ) as key
    from pg_attribute a
      join pg_class c on c.oid = a.attrelid
      join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = :schema and c.relkind in ('r', 'p') and not a.attisdropped
      and a.attname like 'sealed\\_%' and a.atttypid = 'bytea'::regtype
    order by c.relname, a.attname
"""


@dataclass(frozen=True)
class SealedColumn:
    """A column of sealed values; `key` names the columns of the primary key, in its order."""

    table: str
    column: str
    key: tuple[str, ...]

    def context(self, values: Sequence[object]) -> str:
        """What the value of the row with this primary key is bound to."""
        row = "|".join(value.hex() if isinstance(value, bytes) else str(value) for value in values)
        return f"{self.table}.{self.column}:{row}"


async def sealed_columns(uow: UnitOfWork) -> list[SealedColumn]:
    """All sealed columns of the unit's service."""
    schema = uow.database.service
    found = await uow.session.execute(text(_COLUMNS), {"schema": schema})
    return [SealedColumn(f"{schema}.{row.table}", row.column, tuple(row.key)) for row in found]


async def reseal(database: Database, keyring: Keyring) -> AsyncGenerator[int]:
    """Seal anew what another master key than the current one has sealed; yields the number of rows
    of each batch, once it is committed. Killed at any moment, it goes on where it was.

    Raises:
        UnsealFailed: a value that none of the master keys opens; what was committed stays.
    """
    principal, why = system(database.service), "the master key is of all organizations"
    async with database.unit_of_work(principal, unscoped=why) as uow:
        columns = await sealed_columns(uow)
    for column in columns:
        while True:
            async with database.unit_of_work(principal, unscoped=why) as uow:
                sealed_anew = await _reseal_batch(uow, column, keyring)
            if not sealed_anew:
                break
            yield sealed_anew


async def _reseal_batch(uow: UnitOfWork, column: SealedColumn, keyring: Keyring) -> int:
    key = ", ".join(column.key)
    rows = (
        await uow.session.execute(
            text(
                f"select {key}, {column.column} from {column.table}"
                f" where {column.column} is not null"
                f" and substr({column.column}, 1, {_HEADER_BYTES}) <> :header"
                f" order by {key} limit {BATCH} for update"
            ),
            {"header": keyring.seal_header},
        )
    ).all()
    where = " and ".join(f"{name} = :{name}" for name in column.key)
    for row in rows:
        *values, sealed = row
        context = column.context(values)
        parameters: dict[str, Any] = dict(zip(column.key, values, strict=True))
        await uow.session.execute(
            text(f"update {column.table} set {column.column} = :sealed_anew where {where}"),
            parameters | {"sealed_anew": keyring.seal(keyring.open(sealed, context), context)},
        )
    return len(rows)
