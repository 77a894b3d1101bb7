"""A person's own sessions."""

from argus.kernel.authz import authenticated, in_person
from argus.kernel.errors import Forbidden, Unauthenticated
from argus.kernel.http.problems import problems
from argus.kernel.http.routing import CallDep, service_router
from argus.kernel.ids import PublicSessionId, SessionId
from argus.kernel.principal import AuthenticationMethod
from argus.services.auth.person import person
from argus.services.auth.sessions.errors import SessionNotFound
from argus.services.auth.sessions.models import Session
from argus.services.auth.sessions.schemas import SessionList, SessionView
from argus.services.auth.sessions.service import SessionService
from argus.services.auth.user_agents import device_of

router = service_router("auth", prefix="/api/v1/auth", tags=["sessions"])


@router.get(
    "/sessions",
    summary="List one's own sessions",
    responses=problems(Unauthenticated, Forbidden),
    dependencies=[in_person()],
)
async def list_sessions(call: CallDep) -> SessionList:
    """All live sessions of the caller, in all organizations."""
    user_id, current = person(call.principal)
    sessions = await SessionService(call.uow, call.clock).list_live(user_id)
    return SessionList(items=[_view(session, current) for session in sessions])


@router.delete(
    "/sessions/{session_id}",
    status_code=204,
    summary="Revoke one of one's own sessions",
    responses=problems(Unauthenticated, Forbidden, SessionNotFound),
    dependencies=[in_person()],
)
async def revoke_session(session_id: PublicSessionId, call: CallDep) -> None:
    """Its refresh token and access tokens are refused from now on."""
    user_id, _ = person(call.principal)
    await SessionService(call.uow, call.clock).revoke(user_id, session_id, "revoked")


@router.delete(
    "/sessions",
    status_code=204,
    summary="Revoke all one's other sessions",
    responses=problems(Unauthenticated, Forbidden),
    dependencies=[in_person()],
)
async def revoke_other_sessions(call: CallDep) -> None:
    """Only the session that this request came with lives on."""
    user_id, current = person(call.principal)
    await SessionService(call.uow, call.clock).revoke_all(user_id, "revoked", but=current)


@router.post(
    "/sign-out",
    status_code=204,
    summary="Sign out",
    responses=problems(Unauthenticated, Forbidden),
    dependencies=[authenticated()],
)
async def sign_out(call: CallDep) -> None:
    """End the session that this request came with. An agent does not sign out whom it acts for."""
    user_id, current = person(call.principal)
    if call.principal.actors and call.principal.method is not AuthenticationMethod.IMPERSONATION:
        raise Forbidden("the session is not the agent's")
    await SessionService(call.uow, call.clock).revoke(user_id, current, "sign_out")


def _view(session: Session, current: SessionId) -> SessionView:
    return SessionView(
        id=SessionId(session.id),
        client_id=session.client_id,
        device=device_of(session.user_agent),
        user_agent=session.user_agent,
        address=session.address,
        method=session.method,
        strength=session.strength,
        authenticated_at=session.authenticated_at,
        last_seen_at=session.last_seen_at,
        expires_at=session.expires_at,
        current=session.id == current,
    )
