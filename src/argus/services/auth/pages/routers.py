"""All pages."""

from argus.services.auth.pages import assets_page, device, second_factor, sign_in, signed_out

ROUTERS = (
    assets_page.router,
    sign_in.router,
    second_factor.router,
    device.router,
    signed_out.router,
)
