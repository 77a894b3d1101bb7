"""Where the mail of an invitation leads: who invites to what, and yes or no."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from argus.contracts.identity.rpc import (
    ACCEPT_INVITATION,
    DECLINE_INVITATION,
    GET_USER,
    READ_INVITATION,
)
from argus.contracts.identity.v1 import identity_pb2
from argus.kernel.authz import public
from argus.kernel.http.routing import CallDep
from argus.kernel.ids import format_id
from argus.services.auth.settings import AuthSettings
from argus.services.auth.web.rendering import render
from argus.services.auth.web.routing import (
    BrowserSessionDep,
    FormDep,
    form_page,
    page_router,
    sign_in_redirect,
    text,
)
from argus.services.auth.web.targets import HOME

PATH = "/invitation"
_TOKEN = public("the token from the mail is the credential")

router = page_router()


@router.get(PATH, dependencies=[_TOKEN])
async def show_invitation(
    request: Request, call: CallDep, session: BrowserSessionDep, token: str = ""
) -> Response:
    """Whoever holds the token has read the address's mail, and is told whether it has an account:
    to sign in to it, or to make it at once.
    """
    invitation = await call.rpc.call(
        READ_INVITATION, identity_pb2.ReadInvitationRequest(token=token[:200])
    )
    here = f"{PATH}?{urlencode({'token': token[:200]})}"
    sign_in = {"return_to": here, "login_hint": invitation.email}
    signed_in_as = ""
    if session is not None:
        found = await call.rpc.call(
            GET_USER, identity_pb2.GetUserRequest(user_id=format_id("usr", session.user_id))
        )
        signed_in_as, sign_in["again"] = found.user.email, "1"
    return form_page(
        request,
        "invitation.html",
        to_client=True,
        invitation=invitation,
        roles=[role.replace("_", " ") for role in invitation.roles],
        token=token[:200],
        home=HOME,
        sign_in=f"/sign-in?{urlencode(sign_in)}",
        signed_in_as=signed_in_as,
        is_invited=signed_in_as.casefold() == invitation.email.casefold(),
        may_sign_up=call.resources.get(AuthSettings).sign_up != "closed",
    )


@router.post(PATH, dependencies=[_TOKEN])
async def answer_invitation(
    request: Request, call: CallDep, session: BrowserSessionDep, form: FormDep
) -> Response:
    """Yes is said by the signed-in person whose address is invited; no by whoever has the mail."""
    token = text(form, "token")[:200]
    if text(form, "decision") != "accept":
        await call.rpc.call(DECLINE_INVITATION, identity_pb2.DeclineInvitationRequest(token=token))
        told = "The invitation is void. Nobody is told but those who look through the audit log."
        return render(
            request, "message.html", title="You declined", text=told, link="", link_text=""
        )
    if session is None:
        return sign_in_redirect(f"{PATH}?{urlencode({'token': token})}")
    await call.rpc.call(
        ACCEPT_INVITATION,
        identity_pb2.AcceptInvitationRequest(
            token=token, user_id=format_id("usr", session.user_id)
        ),
    )
    return render(
        request,
        "message.html",
        title="You are in",
        text="Applications that you let in from now on can act for you in the organization.",
        link=HOME,
        link_text="Your account",
    )
