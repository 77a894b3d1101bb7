"""Each sealed call counts once (`caller.py`); apart, since who only calls needs no database."""

import base64
import hashlib
from uuid import UUID

from sqlalchemy import text

from argus.kernel.db.unit_of_work import UNREACHABLE, Database
from argus.kernel.errors import Unauthenticated, Unavailable
from argus.kernel.principal import system

_INBOX_KEY = "kernel.sibling_call"


async def use_once(database: Database, sealed: str) -> None:
    """Take a call that was opened as answered, by all processes that host its service.

    Raises:
        Unauthenticated: it came before.
        Unavailable: the database does not answer, so nobody can tell.
    """
    digest = hashlib.sha256(base64.b64decode(sealed)).digest()
    try:
        async with database.unit_of_work(system(database.service)) as uow:
            first = await uow.session.scalar(
                text(
                    "insert into inbox (consumer, event_id) values (:consumer, :call)"
                    " on conflict do nothing returning true"
                ),
                {"consumer": _INBOX_KEY, "call": UUID(bytes=digest[:16])},
            )
    except UNREACHABLE as error:
        raise Unavailable("the database does not answer") from error
    if not first:
        raise Unauthenticated("the sibling call came before")
