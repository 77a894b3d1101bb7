"""All pages."""

from argus.services.auth.pages import assets_page, second_factor, sign_in, signed_out

ROUTERS = (assets_page.router, sign_in.router, second_factor.router, signed_out.router)
