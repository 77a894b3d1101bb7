"""All pages."""

from argus.services.auth.pages import (
    account,
    assets_page,
    authorize,
    by_email,
    device,
    directory,
    enrolment,
    impersonation,
    invitation,
    reset_password,
    second_factor,
    security,
    sign_in,
    sign_out,
    sign_up,
)

ROUTERS = (
    account.router,
    account.overview,
    assets_page.router,
    authorize.router,
    by_email.router,
    device.router,
    directory.router,
    enrolment.router,
    impersonation.router,
    impersonation.ending,
    invitation.router,
    reset_password.router,
    second_factor.router,
    security.router,
    sign_in.router,
    sign_up.router,
    sign_out.router,
)
