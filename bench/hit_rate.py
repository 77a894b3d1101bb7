"""How many validations are answered from memory when few sessions ask much and many ask little.

Popularity follows Zipf's law with an exponent of 1. Each session's access token is another one
after ten minutes, as for browsers, so in each round some tokens are new. The server counts what it
had to look up; what no memory of its size can beat stands beside it.
"""

import asyncio
import random
import re
import statistics
from collections.abc import Sequence
from itertools import accumulate

import httpx

from bench import stage
from bench.figures import Figure
from bench.load import Order, request
from bench.population import populating, present
from bench.rounds import generate

CROWDS = (10_000, 100_000)
"""Sessions: as many as are asked for, and twice as many as are remembered."""
_REMEMBERED = 50_000
"""Credentials, `ARGUS_AUTH_REMEMBERED_CREDENTIALS`."""
_TOKENS_LIFE_S = 600
_A_SECOND = 40_000
"""Draws; a quicker server is asked the same ones again."""
_CONNECTIONS = 64
_BOUND_PERCENT = 99.0
_SEED = 4
_MISSES = re.compile(r'argus_memory_lookups_total\{memory="credentials",outcome="miss"\} (\S+)')


def run(*, rounds: int, seconds: float) -> list[Figure]:
    """One crowd after the other, each on a platform of its own."""
    return [each for crowd in CROWDS for each in _of(crowd, rounds, seconds)]


def _of(crowd: int, rounds: int, seconds: float) -> list[Figure]:
    chance = random.Random(_SEED)  # noqa: S311 - repeatable
    renewed = round(crowd * seconds / _TOKENS_LIFE_S)
    with stage.platform(ARGUS_AUTH_SIGNING_ALGORITHM="ES256") as platform:
        tokens, spare = asyncio.run(_tokens(platform, crowd, renewed * rounds))
        rates, answers, refused = list[float](), list[int](), 0
        for _ in range(rounds):
            for session in chance.sample(range(crowd), renewed):
                tokens[session] = spare.pop()
            asked = drawn(chance, crowd, int(seconds * _A_SECOND))
            before, server = _misses(platform.url), platform.server.pin()
            load = generate(_order(server.port, tokens, asked, seconds))
            rates.append((1 - (_misses(platform.url) - before) / load.answers) * 100)
            answers.append(load.answers)
            refused += load.refused
    return [
        Figure(
            f"answered from memory, {crowd:,} sessions",
            statistics.median(rates),
            "%",
            at_least=_BOUND_PERCENT if crowd <= _REMEMBERED else None,
            floor=share_of_most_popular(_REMEMBERED, crowd) * 100,
        ),
        Figure("  validations in a round", statistics.median(answers), ""),
        Figure("  tokens that are new in each", renewed, ""),
        Figure("  refused", refused, "answers", at_most=0),
    ]


async def _tokens(platform: stage.Stage, crowd: int, more: int) -> tuple[list[str], list[str]]:
    """Of the sessions by popularity, of which the server knows what it can; and others."""
    async with populating(platform) as population:
        tokens = population.access_tokens(crowd)
        popular = tokens[: min(crowd, _REMEMBERED)]
        await present(platform.server.port, population.caller, popular[::-1])
        return tokens, population.access_tokens(more)


def drawn(chance: random.Random, crowd: int, count: int) -> list[int]:
    """Numbers below `crowd`, the n-th smallest n times as seldom as the smallest."""
    weights = accumulate(1 / rank for rank in range(1, crowd + 1))
    return chance.choices(range(crowd), cum_weights=[*weights], k=count)


def share_of_most_popular(count: int, crowd: int) -> float:
    """How much of the load the `count` most popular of a crowd are."""
    weights = [1 / rank for rank in range(1, crowd + 1)]
    return sum(weights[:count]) / sum(weights)


def _order(port: int, tokens: Sequence[str], asked: Sequence[int], seconds: float) -> Order:
    numbers = {session: number for number, session in enumerate(dict.fromkeys(asked))}
    requests = [
        request("GET", "/api/v1/auth/forward", f"Bearer {tokens[session]}") for session in numbers
    ]
    sequence = [numbers[session] for session in asked]
    return Order(port, requests, _CONNECTIONS, seconds, sequence=sequence)


def _misses(url: str) -> float:
    """How many credentials the server has had to look up."""
    metrics = httpx.get(f"{url}/metrics", trust_env=False).raise_for_status().text
    found = _MISSES.search(metrics)
    assert found is not None, "the server does not count its look-ups"
    return float(found[1])
