"""`argus_client` in this process: verification of what it has seen, and of what it has not.

The floors are what no client can do without: a hash and a dictionary for what was seen, the check
of the signature for what was not. The targets are medians, so `per core/s` is the inverse of p50.
"""

import base64
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from argus_client import ArgusClient
from argus_client.access_token import key_id
from argus_client.fake_argus import FakeArgus
from argus_client.key_set import parse_key_set
from argus_client.signing import PrivateKeyType, SigningKey
from bench.rounds import Row

_TOKENS = 1000
"""Distinct ones; more than a second of signing by RSA."""
_REVOKED = 1000
"""Revocations in the client's picture."""


@dataclass(frozen=True)
class _Subject:
    name: str
    step: Callable[[str], object]
    credentials: Sequence[str]
    floor: str = ""
    target: float | None = None


def run(*, rounds: int, seconds: float) -> list[Row]:
    """The rows of DESIGN 13 for the SDK."""
    kinds: dict[str, PrivateKeyType] = {
        "RS256": rsa.generate_private_key(65537, 2048),
        "ES256": ec.generate_private_key(ec.SECP256R1()),
    }
    rows: list[Row] = []
    for algorithm, private in kinds.items():
        with (
            FakeArgus(key=SigningKey(private)) as fake,
            ArgusClient(fake.settings) as argus,
            ArgusClient(replace(fake.settings, cached_tokens=2)) as forgetful,
        ):
            for _ in range(_REVOKED):
                fake.revoke(fake.token())
            subjects = _subjects(algorithm, fake, argus, forgetful)
            taken = {subject.name: list[_Taken]() for subject in subjects}
            for number in range(rounds + 1):
                for subject in subjects:
                    measured = _measure(subject, seconds / len(subjects))
                    if number:  # the first round warms up
                        taken[subject.name].append(measured)
            rows += _rows(subjects, taken)
    return rows


def _subjects(
    algorithm: str, fake: FakeArgus, argus: ArgusClient, forgetful: ArgusClient
) -> list[_Subject]:
    tokens = [fake.token("results:read", roles=["member"]) for _ in range(_TOKENS)]
    seen = {sha256(token.encode()).digest(): token for token in tokens}
    keys = parse_key_set({"keys": [fake.key.public_jwk()]})
    key, api_key = keys[key_id(tokens[0])], fake.api_key("results:read")
    signed = {token: _signed(token) for token in tokens}

    return [
        _Subject(
            f"hash and dictionary, {algorithm}",
            lambda token: seen[sha256(token.encode()).digest()],
            tokens,
        ),
        _Subject(
            f"verify, seen before, {algorithm}",
            argus.verify,
            tokens,
            floor=f"hash and dictionary, {algorithm}",
            target=500_000,
        ),
        _Subject(
            f"verify an API key, seen before, {algorithm}",
            argus.verify,
            [api_key] * _TOKENS,
            floor=f"hash and dictionary, {algorithm}",
            target=500_000,
        ),
        _Subject(f"signature only, {algorithm}", lambda token: key.verify(*signed[token]), tokens),
        _Subject(
            f"verify, never seen, {algorithm}",
            forgetful.verify,
            tokens,
            floor=f"signature only, {algorithm}",
            target=1e6 / 60 if algorithm == "RS256" else None,
        ),
    ]


def _signed(token: str) -> tuple[bytes, bytes]:
    text, _, signature = token.rpartition(".")
    return text.encode(), base64.urlsafe_b64decode(signature + "==")


@dataclass(frozen=True)
class _Taken:
    """Microseconds for each: CPU time of this thread on average, and quantiles of the clock."""

    cpu: float
    p50: float
    p99: float


def _measure(subject: _Subject, seconds: float) -> _Taken:
    until, cpu, count, walls = time.monotonic() + seconds, 0.0, 0, list[float]()
    while time.monotonic() < until:
        before = time.thread_time()
        for credential in subject.credentials:
            subject.step(credential)
        cpu += time.thread_time() - before
        count += len(subject.credentials)
        for credential in subject.credentials[:100]:
            started = time.perf_counter()
            subject.step(credential)
            walls.append(time.perf_counter() - started)
    quantiles = statistics.quantiles(walls, n=100)
    return _Taken(cpu / count * 1e6, quantiles[49] * 1e6, quantiles[98] * 1e6)


def _rows(subjects: Sequence[_Subject], taken: dict[str, list[_Taken]]) -> list[Row]:
    def median(name: str, figure: Callable[[_Taken], float]) -> float:
        return statistics.median(map(figure, taken[name]))

    p50 = {subject.name: median(subject.name, lambda each: each.p50) for subject in subjects}
    return [
        Row(
            name=subject.name,
            per_second=1e6 / median(subject.name, lambda each: each.cpu),
            per_core=1e6 / p50[subject.name],
            cpu_us=median(subject.name, lambda each: each.cpu),
            database_us=0.0,
            p50_ms=p50[subject.name] / 1000,
            p99_ms=median(subject.name, lambda each: each.p99) / 1000,
            refused=0,
            of_floor=p50[subject.floor] / p50[subject.name] if subject.floor else 1.0,
            target=subject.target,
        )
        for subject in subjects
    ]
