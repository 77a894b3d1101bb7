"""Whether somebody else gets at a record that does not concern them.

What is private is not guessed: a record counts as private to its owner where another's own list
does not show it, or is refused. Then its address must not give it to them either, and what they
send there must not change it.
"""

from dataclasses import dataclass

from argus.services.qa.api.calling import Answer, Call, Caller


@dataclass(frozen=True)
class Breach:
    """What a stranger got or did, and the calls that show it: who sent each, and its answer."""

    what: str
    calls: tuple[tuple[Caller, Call, Answer], ...]


def reached(
    owner: Caller, stranger: Caller, identifier: str, listing: str, record: str, change: Call | None
) -> Breach | None:
    """The first breach found, or None; also where the list is shared, since nothing is private.

    `listing` and `record` are paths, `change` a call of the owner's that would change the record;
    the record itself may be changed or gone afterwards.

    Raises:
        NoAnswer, TimeSpent, ReadOnly
    """
    look = Call("GET", listing)
    listed = stranger.send(look)
    if listed.ok and identifier in listed.body.decode(errors="replace"):
        return None
    seen = (stranger, look, listed)
    read = Call("GET", record)
    before = owner.send(read)
    answer = stranger.send(read)
    if before.ok and answer.ok and identifier in answer.body.decode(errors="replace"):
        return Breach("reads it", (seen, (stranger, read, answer)))
    for act, did in ((change, "changes it"), (Call("DELETE", record), "deletes it")):
        if act is None:
            continue
        acted = stranger.send(act)
        after = owner.send(read)
        if acted.ok and (after.status, after.body) != (before.status, before.body):
            return Breach(did, (seen, (stranger, act, acted), (owner, read, after)))
    return None
