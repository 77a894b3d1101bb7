"""Validation over gRPC, beside a floor."""

import asyncio
from dataclasses import replace

from argus.contracts.auth.rpc import VALIDATE_TOKEN, VALIDATE_TOKENS
from argus.contracts.auth.v1 import auth_pb2 as pb
from bench import stage
from bench.population import populating
from bench.rounds import Row, Server, Subject, measure

_TOKENS = 1_000
_BATCH = 100


def run(*, rounds: int, seconds: float) -> list[Row]:
    """Floor and platform take turns on one core."""
    with stage.floor("bench.rpc_floor") as floor, stage.platform() as platform:
        server = replace(platform.server, port=int(platform.grpc.rpartition(":")[2]))
        subjects = asyncio.run(_subjects(platform, floor, server))
        return measure(subjects, rounds=rounds, seconds=seconds)


async def _subjects(platform: stage.Stage, floor: Server, server: Server) -> list[Subject]:
    async with populating(platform) as population:
        caller, tokens = population.caller, population.access_tokens(_TOKENS)
    asked = [pb.ValidateTokenRequest(token=token) for token in tokens]
    singly = [each.SerializeToString() for each in asked]
    together = [
        pb.ValidateTokensRequest(requests=asked[start : start + _BATCH]).SerializeToString()
        for start in range(0, _TOKENS, _BATCH)
    ]
    return [
        Subject("floor (grpc.aio)", floor, lambda _: singly, rpc=VALIDATE_TOKEN.path),
        Subject(
            "validate over gRPC, 1,000 tokens",
            server,
            lambda _: singly,
            rpc=VALIDATE_TOKEN.path,
            authorization=f"ApiKey {caller}",
            target=5_000,
        ),
        Subject(
            f"validate over gRPC, batch of {_BATCH}",
            server,
            lambda _: together,
            rpc=VALIDATE_TOKENS.path,
            authorization=f"ApiKey {caller}",
            connections=8,
            per_request=_BATCH,
            target=150_000,
        ),
    ]
