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
    version: int
    """Of the picture of revocations before Argus was asked: what changed since may be missing."""


class Questions:
    """Those that were asked and not answered yet.

    `send` asks Argus and blocks, `start` runs a function in another thread, and `version` tells the
    current one of the picture of revocations.
    """

    def __init__(
        self,
        send: Callable[[list[dict[str, Any]]], list[dict[str, Any]]],
        start: Callable[[Callable[[], None]], object],
        version: Callable[[], int],
    ) -> None:
        self._send, self._start, self._version = send, start, version
        self._lock = threading.Lock()
        self._open: dict[Question, Future[Answer]] = {}
        """Of all that wait or are on their way, but for those with a proof: it is good once."""
        self._waiting: list[tuple[Question, Future[Answer]]] = []
        self._is_sending = False

    def ask(self, question: Question) -> "Future[Answer]":
        """The answer, in time; or Unavailable or PlatformRefused."""
        with self._lock:
            known = self._open.get(question)
            if known is not None:
                return known
            future: Future[Answer] = Future()
            if question.proof is None:
                self._open[question] = future
            self._waiting.append((question, future))
            if self._is_sending:
                return future
            self._is_sending = True
        try:
            self._start(self._send_all)
        except RuntimeError:  # its threads have ended: who waits must be told
            while asked := self._next():
                self._deliver(asked, Unavailable("this client is closed"))
        return future

    def _send_all(self) -> None:
        while asked := self._next():
            self._deliver(asked, self._ask_argus([question.body for question, _ in asked]))

    def _next(self) -> "list[tuple[Question, Future[Answer]]]":
        with self._lock:
            asked, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
            self._is_sending = bool(asked)
            return asked

    def _ask_argus(self, bodies: list[dict[str, Any]]) -> list[Answer] | ArgusClientError:
        version = self._version()
        try:
            answers = [answer_of(told, version) for told in self._send(bodies)]
        except ArgusClientError as error:
            return error
        except Exception as error:  # who waits must be told, also of what nobody foresaw
            return Unavailable(f"Argus's answer is not understood: {error!r}")
        return answers if len(answers) == len(bodies) else Unavailable("an answer is missing")

    def _deliver(
        self,
        asked: "list[tuple[Question, Future[Answer]]]",
        result: list[Answer] | ArgusClientError,
    ) -> None:
        with self._lock:
            self._is_sending = False  # until the next are taken
            for question, _ in asked:
                self._open.pop(question, None)
        for number, (_, future) in enumerate(asked):
            if isinstance(result, ArgusClientError):
                future.set_exception(result)
            else:
                future.set_result(result[number])


def answer_of(told: dict[str, Any], version: int) -> Answer:
    """The answer in one of `POST /api/v1/auth/validate`."""
    if not told["active"]:
        return Answer(None, str(told["reason"]), None, version)
    expires_at = told["expires_at"]
    until = None if expires_at is None else datetime.fromisoformat(expires_at).timestamp()
    return Answer(_principal(told["principal"]), "", until, version)


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
