"""Errors of visits to providers."""

from argus.kernel.errors import ArgusError


class VisitEnded(ArgusError):
    """This browser is not on its way to that provider: it took longer than ten minutes, came back
    before, the link was made by somebody else, or who was to link an identity has signed out.

    Start again from the sign-in page, in the same browser.
    """

    code, status, title = "auth.provider.visit_ended", 403, "Sign-in is over"
