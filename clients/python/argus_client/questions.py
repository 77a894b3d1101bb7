"""Asks Argus about credentials: API keys, and tokens that cannot be judged offline.

Questions that come while others are on their way wait and go together, and who asks about the same
credential gets the same answer: however many ask, there is one request at a time.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from argus_client.errors import ArgusClientError, Unavailable
from argus_client.principal import Principal

MAX_BATCH = 100
MAX_LENGTH = 20_000


@dataclass(frozen=True, slots=True)
class Proof:
    """That the sender of a request holds the key that its token is bound to (RFC 9449)."""

    jwt: str
    """The request's `DPoP` header."""
    method: str
    url: str
    """Of the request, as its sender sees it."""


@dataclass(frozen=True, slots=True)
class Question:
    """Is this credential good, for that audience?"""

    credential: str
    audience: str
    proof: Proof | None = None

    @property
    def body(self) -> dict[str, Any]:
        """Of the request."""
        body: dict[str, Any] = {"token": self.credential, "audience": self.audience}
        if self.proof is not None:
            proof = self.proof
            body["proof"] = {"jwt": proof.jwt, "method": proof.method, "url": proof.url}
        return body


@dataclass(frozen=True, slots=True)
class Answer:
    """Who presents it, or why it is not good."""

    principal: Principal | None
    reason: str
    expires_at: float | None
    """None: until it is revoked."""


class Questions:
    """Those that were asked and not answered yet. `start` runs a function in another thread."""

    def __init__(
        self,
        send: Callable[[list[dict[str, Any]]], list[dict[str, Any]]],
        start: Callable[[Callable[[], None]], object],
    ) -> None:
        self._send, self._start = send, start
        self._lock = threading.Lock()
        self._waiting: dict[Question, Future[Answer]] = {}
        self._is_sending = False

    def ask(self, question: Question) -> "Future[Answer]":
        """The answer, in time; or Unavailable or PlatformRefused."""
        with self._lock:
            future = self._waiting.setdefault(question, Future())
            if self._is_sending:
                return future
            self._is_sending = True
        self._start(self._send_all)
        return future

    def _send_all(self) -> None:
        while True:
            with self._lock:
                asked = dict(list(self._waiting.items())[:MAX_BATCH])
                for question in asked:
                    del self._waiting[question]
                self._is_sending = bool(asked)
            if not asked:
                return
            self._answer(asked)

    def _answer(self, asked: dict[Question, Future[Answer]]) -> None:
        try:
            answers = [answer_of(told) for told in self._send([q.body for q in asked])]
        except ArgusClientError as error:
            for future in asked.values():
                future.set_exception(error)
        except (KeyError, TypeError, ValueError) as error:
            for future in asked.values():
                future.set_exception(Unavailable(f"Argus's answer is not understood: {error}"))
        else:
            for future, answer in zip(asked.values(), answers, strict=True):
                future.set_result(answer)


def answer_of(told: dict[str, Any]) -> Answer:
    """The answer in one of `POST /api/v1/auth/validate`."""
    if not told["active"]:
        return Answer(None, str(told["reason"]), None)
    expires_at = told["expires_at"]
    return Answer(
        principal=_principal(told["principal"]),
        reason="",
        expires_at=None if expires_at is None else datetime.fromisoformat(expires_at).timestamp(),
    )


def _principal(view: dict[str, Any]) -> Principal:
    scopes, authenticated_at = cast("list[str] | None", view["scopes"]), view["authenticated_at"]
    return Principal(
        kind=view["kind"],
        id=view["id"],
        organization_id=view["organization_id"],
        method=view["method"],
        credential=view["credential"],
        roles=frozenset(view["roles"]),
        scopes=None if scopes is None else frozenset(scopes),
        permissions=frozenset(view["permissions"]),
        project_id=view["project_id"],
        session_id=view["session_id"],
        authenticated_at=None
        if authenticated_at is None
        else datetime.fromisoformat(authenticated_at),
        strength=tuple(view["strength"]),
        actors=tuple(view["actors"]),
        client_id=view["client_id"],
    )
