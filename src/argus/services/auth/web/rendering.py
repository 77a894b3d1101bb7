"""Renders the pages: one layout, one stylesheet, no content from elsewhere."""

import hashlib
from functools import partial
from importlib.resources import files
from typing import cast

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from argus.kernel.module import Module
from argus.services.auth.web.cookies import FORM, Cookies
from argus.services.auth.web.forms import FIELD, Forms

ASSETS = {"pages.css": "text/css", "passkeys.js": "text/javascript"}
_TEMPLATES = Environment(  # it keeps what it has compiled
    loader=PackageLoader("argus.services.auth.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Pages:
    """The templates and the files that they refer to."""

    def __init__(self, cookies: Cookies, forms: Forms) -> None:
        self._cookies, self._forms = cookies, forms
        folder = files("argus.services.auth.web") / "assets"
        self.assets = {name: (folder / name).read_bytes() for name in ASSETS}
        versions = {
            name: f"/assets/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"
            for name, content in self.assets.items()
        }
        self._globals = {"assets": versions, "token_field": FIELD}

    def render(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        to_client: bool = False,
        **context: object,
    ) -> HTMLResponse:
        """The page `templates/<template>` for this browser.

        `to_client`: what the page's form leads to may be an address of an OAuth client, which
        browsers would forbid under `form-action`, since they apply it to redirects as well.
        """
        known = self._forms.browser(request.cookies)
        browser = known or self._forms.new_browser()
        nonce: str = request.scope["argus.csp_nonce"]
        content = _TEMPLATES.get_template(template).render(
            self._globals,
            form_token=partial(self._forms.token, browser, request.cookies),
            nonce=nonce,
            banner=getattr(request.state, "banner", None),
            **context,
        )
        response = HTMLResponse(content, status)
        if known is None:
            self._cookies.set(response, FORM, browser)
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; img-src 'self' data:;"
            f" style-src 'self'; script-src 'nonce-{nonce}'; connect-src 'self'"
            + ("" if to_client else "; form-action 'self'")
        )
        return response


def render(
    request: Request,
    template: str,
    *,
    status: int = 200,
    to_client: bool = False,
    **context: object,
) -> HTMLResponse:
    """`Pages.render` of the service that answers `request`."""
    module = cast("Module", request.app.state.modules["auth"])
    pages = module.resources.get(Pages)
    return pages.render(request, template, status=status, to_client=to_client, **context)
