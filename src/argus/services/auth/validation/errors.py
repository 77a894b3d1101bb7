"""Errors of validation."""

from argus.kernel.errors import Unavailable


class ValidationStale(Unavailable):
    """The database does not answer, and has not for so long that what this replica remembers of
    revocations is no good any more (`ARGUS_AUTH_STALENESS_BOUND`).

    Refuse the request that you asked for, and ask again after a short wait.
    """

    code, status, title = "auth.validation.stale", 503, "Revocations are not known"
