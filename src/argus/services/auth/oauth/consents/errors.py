"""Errors of consents."""

from argus.kernel.errors import ArgusError


class ConsentNotFound(ArgusError):
    """You have given no such consent, or have taken it back already."""

    code, status, title = "auth.consent.not_found", 404, "Consent not found"
