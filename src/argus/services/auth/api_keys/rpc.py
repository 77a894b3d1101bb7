"""API keys for sibling services."""

from dataclasses import replace
from datetime import UTC, datetime

from argus.contracts.auth.rpc import CREATE_API_KEY
from argus.contracts.auth.v1 import auth_pb2 as pb
from argus.kernel.authz import internal
from argus.kernel.db.unit_of_work import Database
from argus.kernel.ids import OrganizationId, format_id, parse_id
from argus.kernel.module import Call
from argus.kernel.principal import system
from argus.kernel.rpc.dispatch import rpc
from argus.services.auth.api_keys.service import api_keys


@rpc(CREATE_API_KEY, internal())
async def create_key(request: pb.CreateApiKeyRequest, call: Call) -> pb.CreateApiKeyResponse:
    """Make a key of the organization that the request names, for the platform's operator."""
    organization_id = OrganizationId(parse_id("org", request.organization_id))
    operator = system("auth", organization_id)
    async with call.resources.get(Database).unit_of_work(operator) as uow:
        made = await api_keys(replace(call, uow=uow)).create(
            request.name,
            list(request.scopes),
            datetime.fromtimestamp(request.expires_at, UTC) if request.expires_at else None,
        )
    return pb.CreateApiKeyResponse(key_id=format_id("key", made.key.id), secret=made.secret)
