"""A person's own access tokens for scripts and tools: API keys that act as the person."""

from datetime import timedelta

from argus.kernel.authz import in_person
from argus.kernel.errors import Forbidden, StepUpRequired, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.kernel.ids import UserId
from argus.kernel.module import Call
from argus.services.auth.api_keys.errors import (
    ApiKeyNotFound,
    ExpiryNotPossible,
    ScopeNotGrantable,
)
from argus.services.auth.api_keys.schemas import ApiKeySecret, ApiKeyView
from argus.services.auth.api_keys.service import Person, api_keys
from argus.services.auth.ids import PublicApiKeyId
from argus.services.auth.personal_tokens.schemas import PersonalTokenRequest, PersonalTokens
from argus.services.auth.tokens.service import TokenService

router = service_router(
    "auth", prefix="/api/v1/personal-access-tokens", tags=["personal access tokens"]
)


@router.post(
    "",
    status_code=201,
    summary="Make a personal access token",
    responses=problems(
        Unauthenticated, Forbidden, StepUpRequired, ScopeNotGrantable, ExpiryNotPossible
    ),
    dependencies=[in_person(fresh=timedelta(minutes=15))],
)
async def create_personal_token(body: PersonalTokenRequest, call: CallDep) -> ApiKeySecret:
    """It acts as you in this organization, within its scopes and never beyond your own roles.

    The answer holds the secret; it is not shown again.
    """
    tokens = call.resources.get(TokenService)
    principal = call.principal
    standing = await tokens.authority(_person(call), principal.organization_id, principal)
    if standing is None:
        raise Unauthenticated
    person = Person(_person(call), standing.roles, standing.epoch)
    made = await api_keys(call).create_personal(person, body.name, body.scopes, body.expires_at)
    return ApiKeySecret(**ApiKeyView.model_validate(made.key).model_dump(), secret=made.secret)


@router.get(
    "",
    summary="List my personal access tokens",
    responses=problems(Unauthenticated, Forbidden),
    dependencies=[in_person()],
)
async def list_personal_tokens(call: CallDep) -> PersonalTokens:
    """Those for this organization, ended ones included."""
    tokens = await api_keys(call).list_of(_person(call))
    return PersonalTokens(items=[ApiKeyView.model_validate(token) for token in tokens])


@router.delete(
    "/{key_id}",
    status_code=204,
    summary="Revoke one of my personal access tokens",
    responses=problems(Unauthenticated, Forbidden, ApiKeyNotFound),
    dependencies=[in_person()],
)
async def revoke_personal_token(key_id: PublicApiKeyId, call: CallDep) -> None:
    """For good, and at once. A second time changes nothing."""
    await api_keys(call).revoke_of(_person(call), key_id, "revoked")


def _person(call: Call) -> UserId:
    if call.principal.user_id is None:
        raise Forbidden("only a signed-in person has personal access tokens")
    return UserId(call.principal.user_id)
