"""Errors of sessions."""

from argus.kernel.errors import ArgusError


class SessionNotFound(ArgusError):
    """You have no such session; it may have ended already.

    `GET /api/v1/auth/sessions` lists the live ones.
    """

    code, status, title = "auth.session.not_found", 404, "Session not found"
