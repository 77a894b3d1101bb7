"""The stylesheet and the script of the pages."""

from fastapi import APIRouter
from starlette.responses import Response

from argus.kernel.authz import public
from argus.kernel.errors import NotFound
from argus.kernel.http.routing import CallDep
from argus.services.auth.web.rendering import ASSETS, Pages
from argus.services.auth.web.routing import PageRoute

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/assets/{name}", dependencies=[public("the same files for everybody")])
async def get_page_asset(name: str, call: CallDep) -> Response:
    """A file that pages name with a hash of its content, so it never changes at its address."""
    content = call.resources.get(Pages).assets.get(name)
    if content is None:
        raise NotFound
    response = Response(content, media_type=ASSETS[name])
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
