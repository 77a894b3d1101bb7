"""Calls to the API under test: to its own host only, bounded in time and size, told as curl."""

import base64
import json
import re
import shlex
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

import httpx

from argus.services.qa.foreign_json import parsed

SAFE_METHODS = frozenset({"GET", "HEAD"})
_MOST_BYTES = 1 << 20
_TIMEOUT_S = 10.0
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")


@dataclass(frozen=True)
class Identity:
    """Somebody who calls. The credential goes into `headers`, and into `shown` as a variable."""

    name: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    shown: str = ""
    """How curl is told who calls, the secret being a variable of the shell."""
    secrets: tuple[str, ...] = field(default=(), repr=False)


NOBODY = Identity("nobody signed in")


def bearer(name: str, token: str, variable: str) -> Identity:
    """Whoever holds the token (RFC 6750)."""
    shown = f'-H "Authorization: Bearer ${variable}"'
    return Identity(name, {"Authorization": f"Bearer {token}"}, shown, (token,))


def basic(name: str, username: str, password: str, variable: str) -> Identity:
    """Whoever knows the password of the user (RFC 7617)."""
    encoded = base64.b64encode(f"{username}:{password}".encode()).decode()
    shown = f'-u {shlex.quote(username)}":${variable}"'
    return Identity(name, {"Authorization": f"Basic {encoded}"}, shown, (password, encoded))


@dataclass(frozen=True)
class Call:
    """A request; `path` is relative to the application's origin and includes the query."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""

    @classmethod
    def of_json(cls, method: str, path: str, body: object = ...) -> Self:
        """A call that sends `body` as JSON; `...` for none."""
        if body is ...:
            return cls(method, path)
        return cls(method, path, {"Content-Type": "application/json"}, json.dumps(body).encode())

    @property
    def json(self) -> object:
        """What is sent, parsed; `...` where it is not JSON."""
        return parsed(self.body)


@dataclass(frozen=True)
class Answer:
    """What came back; only the first MiB of a body is kept."""

    status: int
    headers: httpx.Headers
    body: bytes
    request: httpx.Request = field(repr=False)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def json(self) -> object:
        """What came back, parsed; `...` where it is not JSON."""
        return parsed(self.body)


class NoAnswer(Exception):
    """The application did not answer: refused, broke off, or took more than ten seconds."""

    def __init__(self, call: Call, reason: str) -> None:
        super().__init__(f"{call.method} {call.path.partition('?')[0]} is not answered: {reason}")
        self.call = call


class TimeSpent(Exception):
    """The time budget is over: nothing more is sent."""


class ReadOnly(Exception):
    """The call may change data, and the run must not: it was not sent."""


OnCall = Callable[[Call, Answer], None]


class Caller:
    """Calls as one identity. Blocks: for a worker's thread.

    Redirects are answers, and nothing but the application's own host is ever asked. With
    `read_only` no method but GET and HEAD leaves.
    """

    def __init__(
        self,
        app_url: str,
        identity: Identity,
        deadline: float,
        *,
        read_only: bool,
        on_call: OnCall | None = None,
        secrets: Iterable[str] = (),
    ) -> None:
        """`deadline` is a time of `time.monotonic`; `secrets` are those of others, not to be told
        either.
        """
        self.identity = identity
        known = {*identity.secrets, *secrets}
        self._secrets = sorted(known | {json.dumps(each)[1:-1] for each in known}, key=len)[::-1]
        self._origin = urlsplit(app_url)._replace(path="", query="", fragment="").geturl()
        self._deadline, self._read_only, self._on_call = deadline, read_only, on_call
        self._client = httpx.Client(trust_env=False, follow_redirects=False)

    def stop(self) -> None:
        """Send nothing more; from any thread."""
        self._deadline = 0.0

    def close(self) -> None:
        """End the connections."""
        self._client.close()

    @property
    def left_s(self) -> float:
        return max(self._deadline - time.monotonic(), 0)

    def send(self, call: Call) -> Answer:
        """The answer, whatever its status.

        Raises:
            NoAnswer, TimeSpent, ReadOnly
        """
        if self._read_only and call.method not in SAFE_METHODS:
            raise ReadOnly(call.method)
        left_s = self.left_s
        if not left_s:
            raise TimeSpent
        headers = {"User-Agent": "argus-qa", "Accept": "*/*", **call.headers}
        headers |= self.identity.headers
        body = bytearray()
        try:
            with self._client.stream(
                call.method,
                self._url(call),
                headers=headers,
                content=call.body or None,
                timeout=min(_TIMEOUT_S, left_s),
            ) as response:
                ends = time.monotonic() + min(_TIMEOUT_S, left_s)
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > _MOST_BYTES or time.monotonic() > ends:
                        break
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise NoAnswer(call, str(error)) from error
        answer = Answer(
            response.status_code, response.headers, bytes(body[:_MOST_BYTES]), response.request
        )
        if self._on_call is not None:
            self._on_call(call, answer)
        return answer

    def told(self, text: str) -> str:
        """`text` without anybody's secret, should the application have repeated one."""
        for secret in self._secrets:
            text = text.replace(secret, "[masked]")
        return text

    def curl(self, call: Call) -> str:
        """The command that sends the call again, from any POSIX shell with `$'…'` quoting."""
        parts = ["curl -i"]
        if call.method != "GET":
            parts.append("-I" if call.method == "HEAD" else f"-X {call.method}")
        parts += [self.identity.shown] if self.identity.shown else []
        parts += [f"-H {_quoted(f'{name}: {value}')}" for name, value in call.headers.items()]
        if call.body:
            parts.append(f"--data-binary {_quoted_bytes(call.body)}")
        parts.append(_quoted(self._url(call)))
        return self.told(" ".join(parts))

    def _url(self, call: Call) -> str:
        """On the application's own host, whatever the path says: credentials go there."""
        return f"{self._origin}/{call.path.lstrip('/')}"


def _quoted(text: str) -> str:
    return _quoted_bytes(text.encode()) if _UNPRINTABLE.search(text) else shlex.quote(text)


def _quoted_bytes(content: bytes) -> str:
    with suppress(UnicodeDecodeError):
        text = content.decode("ascii")
        if not _UNPRINTABLE.search(text):
            return shlex.quote(text)
    plain = {*range(0x20, 0x7F)} - {ord("'"), ord("\\")}
    return "$'" + "".join(chr(b) if b in plain else f"\\x{b:02x}" for b in content) + "'"
