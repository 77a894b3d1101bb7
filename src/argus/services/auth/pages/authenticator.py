"""What the pages that set up second factors have in common."""

import segno
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from argus.kernel.errors import ArgusError
from argus.services.auth.web.rendering import render
from argus.services.auth.web.routing import form_page, see_other, text


def authenticator_page(
    request: Request,
    secret: str,
    uri: str,
    error: ArgusError | None = None,
    *,
    action: str,
    leave: str,
    return_to: str = "",
) -> Response:
    """What an authenticator app is set up with, and the form for its first code."""
    return form_page(
        request,
        "authenticator.html",
        error,
        secret=secret,
        uri=uri,
        picture=segno.make(uri, error="m").svg_data_uri(scale=4, border=1),
        action=action,
        leave=leave,
        return_to=return_to,
    )


def sent_setup(form: FormData) -> tuple[str, str]:
    """The key and the address that the form of `authenticator_page` brings back."""
    return text(form, "secret")[:64], text(form, "uri")[:500]


def passkey_name(form: FormData) -> str:
    """What the person calls a new passkey."""
    return text(form, "name").strip()[:100] or "Passkey"


def codes_page(request: Request, codes: list[str], target: str) -> Response:
    """The new recovery codes on the way to `target`; straight there if there are none."""
    if not codes:
        return see_other(target)
    return render(request, "recovery_codes.html", codes=codes, target=target)
