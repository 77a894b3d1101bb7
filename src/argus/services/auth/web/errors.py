"""Errors of pages."""

from argus.kernel.errors import ArgusError


class FormStale(ArgusError):
    """The form is not one that this browser was given, or was given before it signed in or out.

    Go back, load the page again and send the form once more. The browser must accept cookies.
    """

    code, status, title = "auth.form.stale", 403, "This form is too old"
