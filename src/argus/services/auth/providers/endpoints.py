"""The list of providers."""

from argus.kernel.authz import public
from argus.kernel.http.routing import CallDep, service_router
from argus.services.auth.providers.registry import Offer, Providers
from argus.services.auth.providers.schemas import ProviderList, ProviderView

router = service_router("auth", prefix="/api/v1/auth", tags=["federation"])


@router.get(
    "/providers",
    summary="List the providers people can sign in with",
    dependencies=[public("the sign-in page shows them")],
)
async def list_providers(call: CallDep) -> ProviderList:
    """In the order of the installation's settings."""
    offers = call.resources.get(Providers).offers
    return ProviderList(items=[_view(offer) for offer in offers])


def _view(offer: Offer) -> ProviderView:
    path = None if offer.takes_password else f"/api/v1/oauth/{offer.name}/authorize"
    return ProviderView(
        name=offer.name,
        title=offer.title,
        takes_password=offer.takes_password,
        authorization_path=path,
    )
