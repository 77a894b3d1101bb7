"""Validation for sibling services, and over gRPC for an organization's own."""

from copy import copy

from argus.contracts.auth.principal import to_message
from argus.contracts.auth.reasons import InactiveReason
from argus.contracts.auth.rpc import CHECK_PERMISSION, VALIDATE_TOKEN, VALIDATE_TOKENS
from argus.contracts.auth.v1 import auth_pb2 as pb
from argus.contracts.permissions import Permission
from argus.kernel.authentication import PossessionProof
from argus.kernel.authz import requires
from argus.kernel.errors import InvalidRequest
from argus.kernel.module import Call
from argus.kernel.rpc.dispatch import rpc
from argus.services.auth.oauth.dpop.nonces import DpopNonces
from argus.services.auth.revocations.feed import RevocationFeed
from argus.services.auth.validation.findings import Validated
from argus.services.auth.validation.schemas import MAX_BATCH
from argus.services.auth.validation.service import Question, Validator


@rpc(VALIDATE_TOKEN, requires(Permission.TOKEN_VALIDATE))
async def validate_one(request: pb.ValidateTokenRequest, call: Call) -> pb.ValidateTokenResponse:
    """Who presents this credential?"""
    return (await _validate([request], call))[0]


@rpc(VALIDATE_TOKENS, requires(Permission.TOKEN_VALIDATE))
async def validate_many(request: pb.ValidateTokensRequest, call: Call) -> pb.ValidateTokensResponse:
    """Who presents these credentials? In the order of the questions."""
    if len(request.requests) > MAX_BATCH:
        raise InvalidRequest(f"at most {MAX_BATCH} credentials at a time")
    return pb.ValidateTokensResponse(responses=await _validate(list(request.requests), call))


@rpc(CHECK_PERMISSION, requires(Permission.TOKEN_VALIDATE))
async def check_permission(
    request: pb.CheckPermissionRequest, call: Call
) -> pb.CheckPermissionResponse:
    """May whoever presents this credential do that?"""
    if request.permission not in {permission.value for permission in Permission}:
        raise InvalidRequest(f"{request.permission} is no permission")
    (answer,) = await _validate([request.credential], call)
    allowed = request.permission in answer.principal.permissions
    return pb.CheckPermissionResponse(
        allowed=allowed,
        reason=answer.reason or ("" if allowed else "permission"),
        principal=answer.principal if answer.active else None,
        expires_at=answer.expires_at,
    )


async def _validate(
    requests: list[pb.ValidateTokenRequest], call: Call
) -> list[pb.ValidateTokenResponse]:
    questions = [
        Question(
            request.token,
            request.audience,
            PossessionProof(request.proof.jwt, request.proof.method, request.proof.url)
            if request.HasField("proof")
            else None,
        )
        for request in requests
    ]
    validator, feed = call.resources.get(Validator), call.resources.get(RevocationFeed)
    sequence = feed.sequence
    answers = await validator.validate(call.uow, questions)
    nonces = call.resources.get(DpopNonces)
    messages = [
        _refusal(answer, nonces) if isinstance(answer, InactiveReason) else answer.made(_message)
        for answer in answers
    ]
    if not call.principal.is_authenticated:  # the edge of a sibling, which follows the feed
        messages = [copy(message) for message in messages]
        for question, message in zip(questions, messages, strict=True):
            message.rests_on.extend(validator.rests_on(question) if message.active else ())
            message.stream, message.sequence = feed.stream, sequence
    return messages


def _refusal(reason: InactiveReason, nonces: DpopNonces) -> pb.ValidateTokenResponse:
    needed = nonces.current() if reason is InactiveReason.NONCE else ""
    return pb.ValidateTokenResponse(active=False, reason=reason.value, nonce=needed)


def _message(answer: Validated) -> pb.ValidateTokenResponse:
    return pb.ValidateTokenResponse(
        active=True,
        principal=to_message(answer.principal),
        expires_at=int(answer.expires_at.timestamp()) if answer.expires_at else 0,
    )
