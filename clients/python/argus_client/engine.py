"""What the synchronous and the asynchronous client share: all of it but how they wait.

An operation is a generator that yields the futures it has to wait for; nothing here blocks. What
reaches out does so in threads of this client, whichever loop or thread asks.
"""

import atexit
import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeVar

from argus_client import access_token
from argus_client.cache import RecentlyUsed
from argus_client.entitlements import Entitlement, Entitlements
from argus_client.errors import PlatformRefused, RevocationsStale, Unauthenticated, Unavailable
from argus_client.feed import RevocationFeed
from argus_client.ids import uuid_bytes
from argus_client.principal import Principal
from argus_client.questions import MAX_LENGTH, Answer, Proof, Question, Questions
from argus_client.revocations import RevocationPicture, keys_of_answer
from argus_client.settings import Settings
from argus_client.transport import ServiceTransport
from argus_client.usage import UsageBuffer

if TYPE_CHECKING:
    from argus_client.key_set import VerificationKey

T = TypeVar("T")
Steps = Generator["Future[Any]", None, T]
"""An operation: resume it when the future that it yielded is done."""

KEYS_LIFE_S = 300.0
"""After this the key set is fetched anew; Argus publishes a key an hour before it signs."""
UNKNOWN_KEY_COOLDOWN_S = 10.0
"""A token with an unknown `kid` makes us look again, at most this often."""
KEYS_RETRY_S = 0.5
"""The same after a look that failed."""
LONGEST_ANSWER_S = 300.0
"""How long an answer about an API key is used, however little changes."""
REFUSAL_S = 5.0
"""How long a refusal of an API key is remembered."""
LAST_CALL_S = 5.0
"""How long closing tries to deliver usage."""

_log = logging.getLogger("argus_client")
_all: "weakref.WeakSet[Engine]" = weakref.WeakSet()


class _Remembered:
    """A credential that was good, and what ends that."""

    __slots__ = ("epoch", "expires_at", "keys", "principal", "version")

    def __init__(
        self,
        principal: Principal,
        expires_at: float,
        keys: tuple[bytes, ...],
        version: int,
        epoch: int | None,
    ) -> None:
        self.principal, self.expires_at = principal, expires_at
        self.keys = keys
        self.version = version
        """Of the picture of revocations when this was last found good."""
        self.epoch = epoch
        """Of a token; an answer about a key has none, and ends with any change of its keys."""


class Engine:
    """Verifies, asks and remembers. Safe to use from any thread; starts with the first question,
    and again in a forked process.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self._wall, self._monotonic = wall, monotonic
        self._closed = False
        self._begin()
        _all.add(self)

    def _begin(self) -> None:
        """Everything that a fork must not share."""
        settings = self.settings
        self._lock = threading.Lock()
        self.transport = ServiceTransport(settings, self._wall)
        self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="argus")
        picture = RevocationPicture(settings.staleness_bound.total_seconds())
        self._picture = picture
        self._questions = Questions(self._validate, self._pool.submit, lambda: picture.version)
        self._feed: RevocationFeed | None = None
        self._remembered = RecentlyUsed[bytes, _Remembered](settings.cached_tokens)
        self._refused = RecentlyUsed[bytes, tuple[float, str]](10_000)
        self._keys: dict[str, VerificationKey] = {}
        self._keys_until = self._keys_tried_at = float("-inf")
        self._fetching_keys: Future[None] | None = None
        self._expected: access_token.Expected | None = None
        self._introduction: Future[None] | None = None
        self._entitlements = Entitlements(self.transport, self._monotonic)
        self._asked: dict[tuple[str, int], Future[Entitlement]] = {}
        self.usage = UsageBuffer(self._record, settings.service, settings.buffered_usage)

    def recall(self, credential: str) -> Principal | None:
        """Who presents a credential that was found good before and still is; None: ask.

        Touches no network and no lock.
        """
        if len(credential) > MAX_LENGTH:
            return None
        entry = self._remembered.get(_digest(credential))
        picture = self._picture
        if (
            entry is None
            or self._wall() >= entry.expires_at
            or self._monotonic() > picture.trusted_until
            or (entry.version != picture.version and not self._still_good(entry))
        ):
            return None
        return entry.principal

    def verify(self, credential: str, proof: Proof | None = None) -> Steps[Principal]:
        """Who presents the credential.

        Raises:
            Unauthenticated: with the reason.
            Unavailable: it cannot be judged now; RevocationsStale if that is why.
        """
        if not credential or len(credential) > MAX_LENGTH or not credential.isascii():
            raise Unauthenticated("malformed" if credential else "missing")
        expected = yield from self._introduced()
        if not access_token.looks_like_token(credential):
            return (yield from self._ask(credential, proof))
        key_id = access_token.key_id(credential)
        key = yield from self._key(key_id)
        if key is None:
            raise Unauthenticated("unknown")
        verified = access_token.verify(credential, key, expected, self._wall())
        if verified.key_thumbprint is not None or proof is not None:
            return (yield from self._ask(credential, proof))
        yield from self._followed()
        if self._monotonic() > self._picture.trusted_until:
            if self.settings.when_stale == "ask":
                return (yield from self._ask(credential, None))
            raise RevocationsStale(f"revocations are not known: {self._feed_problem}")
        version = self._picture.version
        if self._picture.is_dead(verified.epoch, verified.revocable):
            raise Unauthenticated("revoked")
        entry = _Remembered(
            verified.principal, verified.expires_at, verified.revocable, version, verified.epoch
        )
        self._remembered.put(_digest(credential), entry)
        return verified.principal

    def entitled(self, feature: str, quantity: int) -> Steps[Entitlement]:
        """Whether your organization's plan includes it.

        Raises:
            Unavailable, PlatformRefused
        """
        known = self._entitlements.recall(feature, quantity)
        if known is not None:
            return known
        with self._lock:
            self._asked = {name: asked for name, asked in self._asked.items() if not asked.done()}
            asked = self._asked.get((feature, quantity))
            if asked is None:
                asked = self._start(self._entitlements.ask, feature, quantity)
                self._asked[feature, quantity] = asked
        yield asked
        return asked.result()

    def submit(self, work: Callable[[], T]) -> Steps[T]:
        """Do something that blocks, in a thread of this client.

        Raises:
            Unavailable: the client is closed.
        """
        future = self._start(work)
        yield future
        return future.result()

    def close(self) -> None:
        """Deliver the usage that waits, stop the threads and close the connections."""
        if self._closed:
            return
        self._closed = True
        self.usage.close(LAST_CALL_S)
        if self._feed is not None:
            self._feed.close()
        self._pool.shutdown(wait=True)
        self.transport.close()

    def _start(self, work: Callable[..., T], *arguments: object) -> "Future[T]":
        try:
            return self._pool.submit(work, *arguments)
        except RuntimeError:  # its threads have ended
            raise Unavailable("this client is closed") from None

    def _still_good(self, entry: _Remembered) -> bool:
        picture = self._picture
        version = picture.version  # before its content: what comes meanwhile is looked at again
        if entry.epoch is None:
            good = not picture.changed_since(entry.version, entry.keys)
        else:
            good = not picture.is_dead(entry.epoch, entry.keys)
        if good:
            entry.version = version
        return good

    def _ask(self, credential: str, proof: Proof | None) -> Steps[Principal]:
        """Ask Argus, which knows all there is to know. What it says of an API key is remembered
        for as long as the feed is heard.
        """
        digest, is_key = _digest(credential), not access_token.looks_like_token(credential)
        refused = self._refused.get(digest) if is_key and proof is None else None
        if refused is not None and self._monotonic() < refused[0]:
            raise Unauthenticated(refused[1])
        if is_key:
            yield from self._followed()
        audience = "" if is_key else self.settings.audience
        asked = self._questions.ask(Question(credential, audience, proof))
        yield asked
        answer: Answer = asked.result()
        if answer.principal is None:
            if is_key and proof is None:
                self._refused.put(digest, (self._monotonic() + REFUSAL_S, answer.reason))
            raise Unauthenticated(answer.reason)
        if is_key:
            self._remember(digest, answer.principal, answer)
        return answer.principal

    def _remember(self, digest: bytes, principal: Principal, answer: Answer) -> None:
        longest = self._wall() + LONGEST_ANSWER_S
        until = longest if answer.expires_at is None else min(answer.expires_at, longest)
        organization = uuid_bytes(principal.organization_id, "org")
        names = {principal.credential, principal.id}
        subjects = [uuid_bytes(name, "key", "usr", "sa", "agt") for name in names]
        keys = keys_of_answer(subjects, organization)
        entry = _Remembered(principal, until, keys, answer.version, None)
        self._remembered.put(digest, entry)

    @property
    def _feed_problem(self) -> str:
        return self._feed.problem if self._feed is not None else ""

    def _followed(self) -> Steps[None]:
        """Wait until the feed has been tried; that it failed shows in what may be trusted."""
        if self._feed is None:
            with self._lock:
                self._feed = self._feed or RevocationFeed(
                    self.transport, self._picture, self._monotonic
                )
        if not self._feed.tried.done():
            yield self._feed.tried

    def _introduced(self) -> Steps[access_token.Expected]:
        """Learn once whose service this is: nobody else's credentials are accepted."""
        if self._expected is None:
            with self._lock:
                if self._introduction is None:
                    self._introduction = self._start(self._introduce)
                introduction = self._introduction
            yield introduction
            with self._lock:
                if self._introduction is introduction and introduction.exception() is not None:
                    self._introduction = None  # the next one tries again
            introduction.result()
        assert self._expected is not None
        return self._expected

    def _introduce(self) -> None:
        organization_id = self.transport.call("GET", "/api/v1/auth/me").get("organization_id")
        if not isinstance(organization_id, str):
            raise PlatformRefused(200, "", "the credentials of this service have no organization")
        issuer, audience = self.settings.issuer, self.settings.audience
        self._expected = access_token.Expected(issuer, audience, organization_id)

    def _key(self, kid: str) -> Steps["VerificationKey | None"]:
        """The key of that id. The set is fetched by one thread at a time, and looked at while it is
        fetched anew; an unknown id makes everybody wait for a new one, but not often.
        """
        key, now = self._keys.get(kid), self._monotonic()
        if key is not None and now <= self._keys_until:
            return key
        with self._lock:
            fetching = self._fetching_keys
            if fetching is None:
                if now - self._keys_tried_at < UNKNOWN_KEY_COOLDOWN_S:
                    return self._known_key(kid)
                self._keys_tried_at = now
                fetching = self._fetching_keys = self._start(self._fetch_keys)
        if key is not None:
            return key
        yield fetching
        return self._known_key(kid)

    def _known_key(self, kid: str) -> "VerificationKey | None":
        if not self._keys:
            raise Unavailable("Argus's keys could not be fetched")
        return self._keys.get(kid)

    def _fetch_keys(self) -> None:
        from argus_client.key_set import parse_key_set

        try:
            keys = parse_key_set(self.transport.public("/.well-known/jwks.json"))
            self._keys, self._keys_until = keys, self._monotonic() + KEYS_LIFE_S
        except (Unavailable, PlatformRefused, ValueError) as error:
            self._keys_tried_at += KEYS_RETRY_S - UNKNOWN_KEY_COOLDOWN_S
            _log.warning("the keys of Argus could not be fetched: %s", error)
        finally:
            with self._lock:
                self._fetching_keys = None

    def _validate(self, questions: list[dict[str, Any]]) -> list[dict[str, Any]]:
        body = {"questions": questions}
        return self.transport.call("POST", "/api/v1/auth/validate/batch", body=body)["answers"]

    def _record(self, events: list[dict[str, object]]) -> None:
        self.transport.call("POST", "/api/v1/billing/usage", body={"events": events})

    def start_over(self) -> None:
        """Forget threads, connections and what they learnt: those of the parent are not ours."""
        if not self._closed:
            self._begin()


def _digest(credential: str) -> bytes:
    return sha256(credential.encode("utf-8", "surrogatepass")).digest()


def _start_over() -> None:
    for engine in list(_all):
        engine.start_over()


def _close() -> None:
    for engine in list(_all):
        engine.close()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_start_over)
atexit.register(_close)
