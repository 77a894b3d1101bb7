"""Where whoever finds a key reports it."""

from argus.kernel.authz import public
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.services.auth.leaked_keys.schemas import LeakAnswer, LeakedKey, LeakReport
from argus.services.auth.leaked_keys.service import LeakedKeys
from argus.services.auth.password_hasher import HashersBusy

router = service_router("auth", prefix="/api/v1/api-keys", tags=["api keys"])


@router.post(
    "/leaked",
    summary="Report leaked API keys",
    responses=problems(HashersBusy),
    dependencies=[public("whoever holds a key may end it: scanners, finders, and its owner")],
)
async def report_leaked_keys(body: LeakReport, call: CallDep) -> LeakAnswer:
    """Every API key and personal access token in the text is revoked at once, and its organization
    told. At most 100 of them are looked up; of a longer text send the rest again.
    """
    leaked = await call.resources.get(LeakedKeys).revoke(call.uow, body.text)
    return LeakAnswer(items=[LeakedKey(hint=key.hint, revoked=key.live) for key in leaked])
