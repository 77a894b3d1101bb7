"""Errors of pages."""

from argus.kernel.errors import ArgusError


class InSomebodyElsesPlace(ArgusError):
    """This page is about how a person signs in and whom they let in, which nobody does in their
    place. End acting as them first.
    """

    code, status, title = "auth.form.in_somebody_elses_place", 403, "You act as somebody else"


class FormStale(ArgusError):
    """The form is not one that this browser was given, or was given before it signed in or out.

    Go back, load the page again and send the form once more. The browser must accept cookies.
    """

    code, status, title = "auth.form.stale", 403, "This form is too old"
