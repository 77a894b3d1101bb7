"""The records that a run of API tests made: only these are changed, and in the end deleted."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from argus.services.qa.api.calling import Answer, Call, Caller, NoAnswer, TimeSpent
from argus.services.qa.api.description import Collection, definition
from argus.services.qa.api.fuzzing import Described
from argus.services.qa.api.own_record import is_own
from argus.services.qa.api.resources import body_of, told
from argus.services.qa.api.samples import Sampler, Unknown, unique_texts
from argus.services.qa.api.sequences import identifier_of
from argus.services.qa.execution.values import make_values
from argus.services.qa.foreign_json import at
from argus.services.qa.safety import may_send
from argus.services.qa.templates import fill_in

_MOST_TRIES = 5
_GONE = frozenset({404, 410})


@dataclass(frozen=True)
class Made:
    """A record that the run made, the call that made it, and what in it nobody else has."""

    call: Call
    pointer: str
    value: str
    made_up: tuple[str, ...]


class OwnRecords:
    """Makes records, knows which are the run's own, and deletes these at the end."""

    def __init__(self, user: Caller, seed: int, nonce: str, *, read_only: bool) -> None:
        """`nonce` names the run: what is made up differs with it. `read_only`: nothing is made."""
        self._user, self._seed, self._nonce, self._read_only = user, seed, nonce, read_only
        self._description: Mapping[str, Any] = {}
        self.collections: list[Collection] = []
        self._tries = 0
        self._made: dict[str, Made] = {}
        """By the path of a collection's records in the description."""
        self._made_up: list[str] = []
        self._left: dict[str, list[object]] = {}
        """What may still be there: what was sent to make and to change it, by address."""
        self._returned: set[str] = set()
        """Addresses that more than one call is said to have made: they were there before."""

    def describe(self, description: Mapping[str, Any], collections: list[Collection]) -> None:
        """What kinds of records there are."""
        self._description, self.collections = description, collections

    def may_send(self, operation: Described) -> bool:
        """Whether nothing that is told of the operation says that it does harm."""
        names = told(definition(self._description, operation)) if operation.method == "POST" else ()
        return may_send(operation.method, operation.path, *names)

    def post(self, collection: Collection) -> Made | None:
        """What the application says to have made; None where no made-up record is taken."""
        if self._read_only or not self.may_send(collection.create):
            return None
        shell = next(iter(collection.create.examples(self._seed, 1)), None)
        for whole in (True, False):
            body, made_up = self._body(collection, whole=whole)
            if shell is None or not made_up:
                return None
            headers = {**shell.headers, "Content-Type": "application/json"}
            call = replace(shell, headers=headers, body=body.encode())
            self._made_up += made_up
            answer = self._user.send(call)
            pointer = identifier_of(answer.json, collection.parameter) if answer.ok else None
            if pointer is not None:
                return Made(call, pointer, str(at(pointer, answer.json)), made_up)
        return None

    def make(self, collection: Collection) -> Made | None:
        """A record that is seen to be the run's own; None: there is none."""
        made = self.post(collection) if "GET" in collection.item else None
        if made is None:
            return None
        read = self._user.send(Call("GET", self._address(collection, made.value)))
        return made if read.ok and is_own(read.json, made.made_up) else None

    def change(self, collection: Collection, made: Made, method: str) -> Call | None:
        """A call that changes the record as described; None where there is no such operation."""
        if method not in collection.item:
            return None
        own = {collection.parameter: made.value}
        examples = collection.item[method].examples(self._seed + 1, _MOST_TRIES, own)
        known = (..., made.call.json)
        return next((each for each in examples if each.json not in known), None)

    def of(self, operation: Described) -> dict[str, str] | None:
        """The parameters of a record of the run's own, for an operation on such; it is made."""
        for collection in self.collections:
            below = f"{collection.create.path.rstrip('/')}/{{{collection.parameter}}}"
            if operation.path.startswith(below) and operation.path.count("{") == 1:
                if operation.method == "DELETE" or below not in self._made:
                    made = self.make(collection)
                    if made is None:
                        return None
                    self._made[below] = made
                return {collection.parameter: self._made[below].value}
        return None

    def note(self, call: Call, answer: Answer) -> None:
        """Remember what the user's call made, changed or deleted."""
        path = urlsplit(call.path).path
        if call.method == "DELETE":
            self._left.pop(path, None)
        elif call.method == "POST":
            for collection in self.collections:
                pointer = identifier_of(answer.json, collection.parameter)
                if path == collection.create.place({}) and pointer and "DELETE" in collection.item:
                    address = self._address(collection, str(at(pointer, answer.json)))
                    if address in self._left:
                        self._returned.add(address)
                    self._left.setdefault(address, []).append(call.json)
        elif path in self._left:
            self._left[path].append(call.json)

    def tidy(self, caller: Caller) -> list[str]:
        """Delete what is left of the run's own; the addresses of what may still be there.

        What is not seen to be what was sent, or was said to be made twice, may be a stranger's.
        """
        kept: list[str] = []
        while self._left:
            address, sent = self._left.popitem()
            try:
                read = caller.send(Call("GET", address))
                own = any(is_own(read.json, self._made_up, each) for each in sent)
                is_ours = read.ok and own and address not in self._returned
                if read.status in _GONE or (is_ours and caller.send(Call("DELETE", address)).ok):
                    continue
            except (NoAnswer, TimeSpent):
                pass
            kept.append(address)
        return sorted(kept)

    def _address(self, collection: Collection, value: str) -> str:
        operation = next(iter(collection.item.values()))
        return operation.place({collection.parameter: value})

    def _body(self, collection: Collection, *, whole: bool) -> tuple[str, tuple[str, ...]]:
        """What fits the description, and the texts in it that nobody else has: none, no body."""
        self._tries += 1
        schema = body_of(self._description, definition(self._description, collection.create))
        sampler = Sampler(self._description, "record", collection.parameter)
        try:
            body = json.dumps(sampler.sample(schema, whole=whole)) if schema is not None else ""
        except Unknown:
            return "", ()
        nonce = f"{self._nonce} {self._tries}"
        values = make_values(sampler.variables, self._seed, nonce)
        body = fill_in(body, {name: json.dumps(value)[1:-1] for name, value in values.items()})
        return body, tuple(unique_texts(sampler.variables, values))
