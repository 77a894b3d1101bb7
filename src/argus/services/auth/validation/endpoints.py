"""Validation over REST."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Header, Query, Response

from argus.contracts.permissions import Permission
from argus.kernel.authentication import PossessionProof
from argus.kernel.authz import Access, authenticated, requires
from argus.kernel.errors import Forbidden, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.kernel.module import Call
from argus.services.auth.validation.identity_headers import HEADERS, identity_headers
from argus.services.auth.validation.schemas import (
    MAX_PERMISSIONS,
    PrincipalView,
    Validation,
    ValidationAnswer,
    ValidationAnswers,
    Validations,
)
from argus.services.auth.validation.service import Question, Validator
from argus.services.auth.validation.views import principal_view, view_of

router = service_router("auth", prefix="/api/v1/auth", tags=["tokens"])


@router.post(
    "/validate",
    summary="Validate a credential",
    responses=problems(Unauthenticated, Forbidden),
    dependencies=[requires(Permission.TOKEN_VALIDATE)],
)
async def validate_token(body: Validation, call: CallDep) -> ValidationAnswer:
    """Who presents this token or API key? One of another organization is not active (RFC 7662)."""
    (answer,) = await call.resources.get(Validator).validate(call.uow, [_question(body)])
    return view_of(answer)


@router.post(
    "/validate/batch",
    summary="Validate several credentials",
    responses=problems(Unauthenticated, Forbidden),
    dependencies=[requires(Permission.TOKEN_VALIDATE)],
)
async def validate_tokens(body: Validations, call: CallDep) -> ValidationAnswers:
    """Who presents these tokens and API keys? Answers stand in the order of the questions."""
    questions = [_question(each) for each in body.questions]
    answers = await call.resources.get(Validator).validate(call.uow, questions)
    return ValidationAnswers(answers=[view_of(answer) for answer in answers])


@router.get(
    "/forward",
    summary="Let a proxy's request pass, or not",
    responses=problems(Unauthenticated, Forbidden)
    | {200: {"description": "Who asks, in headers", "headers": HEADERS}},
    response_class=Response,
    dependencies=[authenticated()],
)
async def forward(
    call: CallDep,
    permission: Annotated[tuple[Permission, ...], Query(max_length=MAX_PERMISSIONS)] = (),
) -> Response:
    """Forward authentication: a proxy asks with the headers of a request that it received, and
    passes it on if the answer is 200, with who asks in the answer's headers.

    The credential is the one that the client sent to the proxy, so this needs no permission of its
    own; `permission`, repeatable, names what the client must all be allowed. What the proxy says of
    its request (`X-Forwarded-Uri`, ...) decides nothing, because clients can send it too. A token
    that is bound to a key does not pass: its proof is for another address.
    """
    return _pass(call, permission)


async def forward_below(
    call: CallDep,
    x_required_permission: Annotated[
        tuple[Permission, ...], Header(max_length=MAX_PERMISSIONS)
    ] = (),
) -> Response:
    """The same for a proxy that asks in the method and below this path with the path of the request
    that it received (Envoy). Its query is the client's and not looked at; the proxy names what is
    needed in `X-Required-Permission`, which can only ask for more when a client sends it.
    """
    return _pass(call, x_required_permission)


router.head("/forward", include_in_schema=False, dependencies=[authenticated()])(forward)
for _method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
    router.add_api_route(
        "/forward/{requested:path}",
        forward_below,
        methods=[_method],
        include_in_schema=False,
        dependencies=[authenticated()],
    )


@router.get(
    "/me",
    summary="Who am I",
    responses=problems(Unauthenticated),
    dependencies=[authenticated()],
)
async def who_am_i(call: CallDep) -> PrincipalView:
    """The principal that this request's credential stands for."""
    return principal_view(call.principal)


def _pass(call: Call, permissions: Sequence[Permission]) -> Response:
    for permission in permissions:
        Access(permission=permission).check(call.principal, call.clock.now())
    return Response(headers=identity_headers(call.principal))


def _question(sent: Validation) -> Question:
    proof = (
        PossessionProof(sent.proof.jwt, sent.proof.method, sent.proof.url) if sent.proof else None
    )
    return Question(sent.token, sent.audience, proof)
