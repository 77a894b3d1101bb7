import pytest

from argus.contracts.auth.rpc import CREATE_API_KEY
from argus.contracts.auth.v1 import auth_pb2 as pb
from argus.services.auth.api_keys.errors import ScopeNotGrantable
from support.auth import Auth
from support.platform import TestPlatform


async def test_the_operator_makes_a_key_of_an_organization(
    platform: TestPlatform, auth: Auth
) -> None:
    owner = await platform.owner()
    request = pb.CreateApiKeyRequest(
        organization_id=owner.organization_id, name="ci", scopes=["token:validate"]
    )
    made = await platform.rpc.call(CREATE_API_KEY, request)
    answer = await auth.validate(made.secret, owner)
    assert answer["principal"]["id"] == made.key_id
    assert answer["principal"]["organization_id"] == owner.organization_id
    told = [data for _, data in auth.events("ApiKeyCreated")]
    assert [data["api_key_id"] for data in told] == [made.key_id]


@pytest.mark.requirement("attacks:keys:minting")
async def test_not_even_the_operator_makes_a_key_that_mints_keys(platform: TestPlatform) -> None:
    owner = await platform.owner()
    request = pb.CreateApiKeyRequest(
        organization_id=owner.organization_id, name="ci", scopes=["api_key:create"]
    )
    with pytest.raises(ScopeNotGrantable):
        await platform.rpc.call(CREATE_API_KEY, request)
