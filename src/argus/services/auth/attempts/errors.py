"""Errors of throttling."""

from argus.kernel.errors import ArgusError


class TooManyAttempts(ArgusError):
    """There were too many failed attempts for this account, or from this address.

    Try again after the seconds in `Retry-After`; the wait doubles with each further failure, up to
    15 minutes. It is the same for accounts that do not exist.
    """

    code, status, title = "auth.sign_in.throttled", 429, "Too many attempts"

    def __init__(self, detail: str = "", *, retry_after_s: int = 1) -> None:
        super().__init__(detail, retry_after_s=retry_after_s)

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.extensions["retry_after_s"])}
