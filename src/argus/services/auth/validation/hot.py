"""Validation ahead of the framework: what `endpoints` answers to ordinary requests."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, cast
from urllib.parse import parse_qsl

import orjson
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from argus.contracts.auth.reasons import InactiveReason
from argus.contracts.permissions import Permission
from argus.kernel.authz import Access
from argus.kernel.clock import Clock
from argus.kernel.db.unit_of_work import Database
from argus.kernel.errors import Unavailable
from argus.kernel.http.hot import HotAnswer, HotOperation
from argus.kernel.principal import Principal
from argus.services.auth.validation.identity_headers import identity_headers
from argus.services.auth.validation.schemas import (
    MAX_AUDIENCE,
    MAX_BATCH,
    MAX_CREDENTIAL,
    MAX_PERMISSIONS,
)
from argus.services.auth.validation.service import Answer, Question, Validator, asking_of
from argus.services.auth.validation.views import view_of

_PATH = "/api/v1/auth"
_JSON = ((b"content-type", b"application/json"),)
_MOST_IDENTITIES = 10_000
_Asked = tuple[str, str]
"""Credential and audience."""


class HotValidation:
    """The operations `validate_token`, `validate_tokens` and `forward`."""

    def __init__(self, database: Database, validator: Validator) -> None:
        self._database, self._validator = database, validator
        self._clock: Clock = database.clock
        self._identities: dict[int, tuple[Principal, HotAnswer]] = {}

    @property
    def operations(self) -> list[HotOperation[Any]]:
        """To be served ahead of the framework."""
        may_validate = Access(permission=Permission.TOKEN_VALIDATE)
        anybody = Access(authenticated=True)
        return [
            HotOperation(
                "POST",
                f"{_PATH}/validate",
                may_validate,
                True,
                _read_one,
                self._one,
                recall=self._recall_one,
            ),
            HotOperation(
                "POST",
                f"{_PATH}/validate/batch",
                may_validate,
                True,
                _read_many,
                self._many,
                recall=self._recall_many,
            ),
            *(
                HotOperation(
                    method,
                    f"{_PATH}/forward",
                    anybody,
                    False,
                    _read_query,
                    self._forward,
                    recall=self._recall_forward,
                )
                for method in ("GET", "HEAD")
            ),
        ]

    async def _one(self, asked: _Asked, principal: Principal) -> HotAnswer:
        (answer,) = await self._validate([asked], principal)
        return _told(answer)

    def _recall_one(self, asked: _Asked, principal: Principal) -> HotAnswer | None:
        answer = self._validator.recall(asking_of(principal), *asked)
        return None if answer is None else _told(answer)

    async def _many(self, asked: list[_Asked], principal: Principal) -> HotAnswer:
        return _told_together(await self._validate(asked, principal))

    def _recall_many(self, asked: list[_Asked], principal: Principal) -> HotAnswer | None:
        asking, recall = asking_of(principal), self._validator.recall
        answers: list[Answer] = []
        for each in asked:
            answer = recall(asking, *each)
            if answer is None:
                return None
            answers.append(answer)
        return _told_together(answers)

    async def _forward(
        self, permissions: tuple[Permission, ...], principal: Principal
    ) -> HotAnswer:
        for permission in permissions:
            Access(permission=permission).check(principal, self._clock.now())
        return self._identity(principal)

    def _recall_forward(
        self, permissions: tuple[Permission, ...], principal: Principal
    ) -> HotAnswer | None:
        return self._identity(principal) if principal.permissions.issuperset(permissions) else None

    def _identity(self, principal: Principal) -> HotAnswer:
        """By the object, which is kept with it: to hash all that is in it costs more."""
        known = self._identities.get(id(principal))
        if known is None:
            if len(self._identities) >= _MOST_IDENTITIES:
                self._identities.clear()
            headers = identity_headers(principal).items()
            told = [(name.lower().encode(), value.encode()) for name, value in headers]
            self._identities[id(principal)] = known = principal, HotAnswer(headers=told)
        return known[1]

    async def _validate(self, asked: list[_Asked], principal: Principal) -> list[Answer]:
        try:
            async with self._database.unit_of_work(principal) as uow:
                return await self._validator.validate(uow, [Question(*each) for each in asked])
        except (OperationalError, PoolTimeout) as error:
            raise Unavailable("the database does not answer") from error


def _read_one(_query: bytes, body: bytes) -> _Asked | None:
    try:
        return _asked(orjson.loads(body))
    except ValueError:
        return None


def _read_many(_query: bytes, body: bytes) -> list[_Asked] | None:
    try:
        sent: object = orjson.loads(body)
    except ValueError:
        return None
    if not isinstance(sent, dict) or len(cast("dict[str, object]", sent)) != 1:
        return None
    questions: object = cast("dict[str, object]", sent).get("questions")
    if not isinstance(questions, list):
        return None
    read = [_asked(each) for each in cast("list[object]", questions)[: MAX_BATCH + 1]]
    asked = [each for each in read if each is not None]
    return asked if 1 <= len(asked) == len(read) <= MAX_BATCH else None


def _asked(sent: object) -> _Asked | None:
    if not isinstance(sent, dict):
        return None
    fields = cast("dict[str, object]", sent)
    credential, audience = fields.get("token"), fields.get("audience", "")
    if len(fields) != 1 + ("audience" in fields):
        return None
    if not isinstance(credential, str) or not isinstance(audience, str):
        return None
    fits = 1 <= len(credential) <= MAX_CREDENTIAL and len(audience) <= MAX_AUDIENCE
    return (credential, audience) if fits else None


@lru_cache(maxsize=1000)
def _read_query(query: bytes, _body: bytes) -> tuple[Permission, ...] | None:
    fields = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    try:
        permissions = tuple(Permission(value) for _, value in fields)
    except ValueError:
        return None
    ordinary = all(name == "permission" for name, _ in fields)
    return permissions if ordinary and len(permissions) <= MAX_PERMISSIONS else None


def _told(answer: Answer) -> HotAnswer:
    return _INACTIVE[answer] if isinstance(answer, InactiveReason) else answer.made(_made)


def _told_together(answers: Sequence[Answer]) -> HotAnswer:
    body = b",".join([_told(answer).body for answer in answers])
    return HotAnswer(b'{"answers":[' + body + b"]}", _JSON)


def _made(answer: Answer) -> HotAnswer:
    return HotAnswer(view_of(answer).model_dump_json().encode(), _JSON)


_INACTIVE = {reason: _made(reason) for reason in InactiveReason}
