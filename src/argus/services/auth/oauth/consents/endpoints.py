"""A person's own consents."""

from argus.kernel.authz import in_person
from argus.kernel.errors import Forbidden, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.kernel.ids import OrganizationId, UserId
from argus.kernel.module import Call
from argus.services.auth.ids import ConsentId, PublicConsentId
from argus.services.auth.oauth.consents.errors import ConsentNotFound
from argus.services.auth.oauth.consents.models import Consent
from argus.services.auth.oauth.consents.schemas import ConsentList, ConsentView
from argus.services.auth.oauth.consents.service import ConsentService

router = service_router("auth", prefix="/api/v1/auth/consents", tags=["sessions"])


@router.get(
    "",
    summary="List what one lets applications do",
    responses=problems(Unauthenticated, Forbidden),
    dependencies=[in_person()],
)
async def list_consents(call: CallDep) -> ConsentList:
    """All consents of the caller, in all organizations."""
    consents = await ConsentService(call.uow, call.clock).list_of(_person(call))
    return ConsentList(items=[_view(consent) for consent in consents])


@router.delete(
    "/{consent_id}",
    status_code=204,
    summary="Take back what one lets an application do",
    responses=problems(Unauthenticated, Forbidden, ConsentNotFound),
    dependencies=[in_person()],
)
async def take_back_consent(consent_id: PublicConsentId, call: CallDep) -> None:
    """The application's tokens are refused from now on, and it must ask again."""
    await ConsentService(call.uow, call.clock).take_back(_person(call), consent_id)


def _person(call: Call) -> UserId:
    assert call.principal.user_id is not None  # in_person() saw to it
    return UserId(call.principal.user_id)


def _view(consent: Consent) -> ConsentView:
    return ConsentView(
        id=ConsentId(consent.id),
        client_id=consent.client_id,
        client_name=consent.client_name,
        resource=consent.audience,
        organization_id=OrganizationId(consent.bound_to),
        scopes=consent.scopes,
        given_at=consent.given_at,
    )
