"""Where a browser is after signing out."""

from starlette.requests import Request
from starlette.responses import Response

from argus.kernel.authz import public
from argus.services.auth.pages.rendering import render
from argus.services.auth.pages.routing import page_router

router = page_router()


@router.get("/signed-out", dependencies=[public("tells nothing of anybody")])
async def show_signed_out(request: Request) -> Response:
    """The end of a session, as the person sees it."""
    return render(
        request,
        "message.html",
        title="You are signed out",
        text="On a computer that others use as well, close the browser too.",
        link="/sign-in",
        link_text="Sign in again",
    )
