"""How an API changed between two runs, and what of it breaks those who use it. Pure functions.

Both sides are shapes of answers that were seen, so only what both runs saw is compared: that
something did not come up in the later run is not a change.
"""

from collections.abc import Generator, Iterable, Mapping
from typing import Any, cast

from argus.kernel.schema import Value
from argus.services.qa.discovery.json_schema import Schema
from argus.services.qa.discovery.operation import Operation

_ENOUGH_CALLS = 3
"""So often an operation was called before "always there" means more than once by chance."""


class Change(Value):
    """A difference of one operation; `breaking` ones make correct users of the API fail."""

    operation: str
    where: str
    """A JSON pointer into the answer, its status before it: `200 /items/*/price`; or empty."""
    what: str
    breaking: bool


def changes(before: Iterable[Operation], after: Iterable[Operation]) -> tuple[Change, ...]:
    """The differences, breaking ones first, else in the order of the operations."""
    known = {(each.template, each.method): each for each in before}
    now = {(each.template, each.method): each for each in after}
    found = [
        change
        for key in sorted(known.keys() | now.keys())
        for change in _of_operation(known.get(key), now.get(key))
    ]
    return tuple(sorted(found, key=lambda change: not change.breaking))


def _of_operation(before: Operation | None, after: Operation | None) -> Generator[Change]:
    shown = after or before
    assert shown is not None  # a key comes from one of them
    name = f"{shown.method} {shown.template}"

    def change(what: str, *, breaking: bool, where: str = "") -> Change:
        return Change(operation=name, where=where, what=what, breaking=breaking)

    if before is None:
        yield change("is new", breaking=False)
        return
    if after is None:
        if before.documented:
            yield change("is no longer documented", breaking=True)
        return
    if before.documented and not after.documented:
        yield change("is no longer documented", breaking=True)
    worked = any(200 <= status < 300 for status in before.statuses)
    fails = bool(after.statuses) and all(status >= 400 for status in after.statuses)
    if worked and fails:
        answers = ", ".join(str(status) for status in after.statuses)
        yield change(f"worked, and now answers {answers} only", breaking=True)
    certain = before.calls >= _ENOUGH_CALLS
    for status in sorted(before.responses.keys() & after.responses.keys()):
        if 200 <= status < 300:
            for where, what, breaking in _of_schema(
                before.responses[status], after.responses[status], "", certain=certain
            ):
                yield change(what, breaking=breaking, where=f"{status} {where or '/'}")


def _of_schema(
    before: Schema, after: Schema, where: str, *, certain: bool
) -> Generator[tuple[str, str, bool]]:
    """Differences as place, sentence, and whether it breaks."""
    old, new = _by_type(before), _by_type(after)
    if not old or not new:  # nothing is claimed on one side
        return
    unknown = new.keys() - old.keys() - ({"integer"} if "number" in old else set())
    if unknown:
        yield where, f"{' or '.join(sorted(old))} is now {' or '.join(sorted(new))}", True
    if "object" in old and "object" in new:
        yield from _of_object(old["object"], new["object"], where, certain=certain)
    if "array" in old and "array" in new:
        items = (old["array"].get("items", {}), new["array"].get("items", {}))
        yield from _of_schema(*items, f"{where}/*", certain=certain)


def _of_object(
    before: Schema, after: Schema, where: str, *, certain: bool
) -> Generator[tuple[str, str, bool]]:
    if "properties" not in before or "properties" not in after:
        values = (before.get("additionalProperties", {}), after.get("additionalProperties", {}))
        yield from _of_schema(*values, f"{where}/*", certain=certain)
        return
    old = cast("Mapping[str, Schema]", before["properties"])
    new = cast("Mapping[str, Schema]", after["properties"])
    always, still = set[str](before["required"]), set[str](after["required"])
    for name in sorted(old.keys() | new.keys()):
        at = f"{where}/{name}"
        if name not in old:
            yield at, "is new", False
        elif name not in new:
            if name in always:
                yield at, "is missing", True
        else:
            if certain and name in always and name not in still:
                yield at, "was always there, and now is only sometimes", True
            yield from _of_schema(old[name], new[name], at, certain=certain)


def _by_type(schema: Schema) -> dict[str, Schema]:
    variants = cast("list[dict[str, Any]]", schema.get("anyOf", [schema]))
    return {variant["type"]: variant for variant in variants if "type" in variant}
