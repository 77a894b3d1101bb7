"""OAuth clients of the caller's organization, and their secrets."""

from datetime import timedelta
from typing import Annotated

from fastapi import Query

from argus.contracts.permissions import Permission
from argus.kernel.authz import requires
from argus.kernel.errors import Forbidden, StepUpRequired, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.kernel.ids import format_id
from argus.services.auth.clients.errors import (
    ClientHasNoSecret,
    ClientNotFound,
    TooManySecrets,
)
from argus.services.auth.clients.models import ClientRow
from argus.services.auth.clients.schemas import (
    ClientPage,
    ClientRequest,
    ClientSecretList,
    ClientSecretView,
    ClientView,
    NewClientSecretView,
    NewClientView,
    SecretRequest,
)
from argus.services.auth.clients.service import ClientService, Registration
from argus.services.auth.ids import PublicClientId, PublicClientSecretId
from argus.services.auth.resources.registry import ResourceRegistry
from argus.services.auth.service_accounts.errors import (
    PermissionNotGrantable,
    ServiceAccountNotFound,
)

router = service_router("auth", prefix="/api/v1/clients", tags=["clients"])

_READ = requires(Permission.CLIENT_READ)
_MANAGE = requires(Permission.CLIENT_MANAGE, fresh=timedelta(minutes=15))
_REFUSED = (Unauthenticated, StepUpRequired, Forbidden)


@router.post(
    "",
    status_code=201,
    summary="Register a client",
    responses=problems(*_REFUSED, ServiceAccountNotFound, PermissionNotGrantable),
    dependencies=[_MANAGE],
)
async def create_client(body: ClientRequest, call: CallDep) -> NewClientView:
    """The answer holds the secret of a client that has one; it is not shown again."""
    client, secret = await _service(call).create(_registration(body))
    return NewClientView(
        **_view(client).model_dump(), client_secret=None if secret is None else secret.text
    )


@router.get(
    "",
    summary="List clients",
    responses=problems(Unauthenticated, Forbidden),
    dependencies=[_READ],
)
async def list_clients(
    call: CallDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: PublicClientId | None = None,
) -> ClientPage:
    """The oldest first. `cursor` is the `next_cursor` of the page before."""
    clients, after = await _service(call).page(cursor, limit)
    return ClientPage(
        items=[_view(client) for client in clients],
        next_cursor=format_id("cli", after) if after else None,
    )


@router.get(
    "/{client_id}",
    summary="Look at a client",
    responses=problems(Unauthenticated, Forbidden, ClientNotFound),
    dependencies=[_READ],
)
async def get_client(client_id: PublicClientId, call: CallDep) -> ClientView:
    """Everything about the client but its secrets."""
    return _view(await _service(call).get(client_id))


@router.put(
    "/{client_id}",
    summary="Change a client",
    responses=problems(*_REFUSED, ClientNotFound, ServiceAccountNotFound, PermissionNotGrantable),
    dependencies=[_MANAGE],
)
async def change_client(
    client_id: PublicClientId, body: ClientRequest, call: CallDep
) -> ClientView:
    """Replace what the client is: what is left out gets its default. Secrets stay, unless it is to
    have none.
    """
    return _view(await _service(call).change(client_id, _registration(body)))


@router.delete(
    "/{client_id}",
    status_code=204,
    summary="Delete a client",
    responses=problems(*_REFUSED, ClientNotFound),
    dependencies=[_MANAGE],
)
async def delete_client(client_id: PublicClientId, call: CallDep) -> None:
    """For good, and at once: its tokens end with it."""
    await _service(call).delete(client_id)


@router.post(
    "/{client_id}/secrets",
    status_code=201,
    summary="Make a client secret",
    responses=problems(
        *_REFUSED, ClientNotFound, ClientHasNoSecret, TooManySecrets, PermissionNotGrantable
    ),
    dependencies=[_MANAGE],
)
async def create_client_secret(
    client_id: PublicClientId, body: SecretRequest, call: CallDep
) -> NewClientSecretView:
    """To rotate: make a new secret with an overlap, and put it where the client runs meanwhile."""
    secret = await _service(call).add_secret(client_id, body.overlap)
    view = ClientSecretView.model_validate(secret.row)
    return NewClientSecretView(**view.model_dump(), client_secret=secret.text)


@router.get(
    "/{client_id}/secrets",
    summary="List client secrets",
    responses=problems(Unauthenticated, Forbidden, ClientNotFound),
    dependencies=[_READ],
)
async def list_client_secrets(client_id: PublicClientId, call: CallDep) -> ClientSecretList:
    """Those that work now; what they are is shown when they are made, and never again."""
    secrets = await _service(call).secrets(client_id)
    return ClientSecretList(items=[ClientSecretView.model_validate(secret) for secret in secrets])


@router.delete(
    "/{client_id}/secrets/{secret_id}",
    status_code=204,
    summary="Revoke a client secret",
    responses=problems(*_REFUSED, ClientNotFound),
    dependencies=[_MANAGE],
)
async def revoke_client_secret(
    client_id: PublicClientId, secret_id: PublicClientSecretId, call: CallDep
) -> None:
    """At once. A client whose last secret is revoked gets no more tokens."""
    await _service(call).revoke_secret(client_id, secret_id)


def _service(call: CallDep) -> ClientService:
    return ClientService(call.uow, call.clock, call.resources.get(ResourceRegistry))


def _registration(body: ClientRequest) -> Registration:
    return Registration(
        body.metadata, body.resources, body.service_account_id, body.authorization_servers
    )


def _view(client: ClientRow) -> ClientView:
    return ClientView.model_validate(
        {
            **client.metadata_,
            "client_id": client.id,
            "resources": client.resources,
            "service_account_id": client.service_account_id,
            "authorization_servers": client.authorization_servers,
            "created_by": client.created_by,
            "created_at": client.created_at,
            "changed_at": client.changed_at,
        }
    )
