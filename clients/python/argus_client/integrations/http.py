"""What all integrations do alike: find the credential of a request, and word a refusal."""

import logging

from argus_client.errors import ArgusClientError, Unauthenticated
from argus_client.questions import Proof

_log = logging.getLogger("argus_client")


def presented(
    authorization: str | None, api_key: str | None, dpop: str | None, method: str, url: str
) -> tuple[str, Proof | None]:
    """The credential in the headers `Authorization` and `X-API-Key`, and its proof (`DPoP`).

    Raises:
        Unauthenticated: there is none, or of another scheme than Bearer, DPoP and ApiKey.
    """
    if authorization is None:
        if api_key is None:
            raise Unauthenticated("missing")
        return api_key, None
    scheme, _, credential = authorization.partition(" ")
    match scheme.lower():
        case "bearer" | "apikey":
            return credential.strip(), None
        case "dpop":
            return credential.strip(), Proof(dpop or "", method, url.partition("?")[0])
        case _:
            raise Unauthenticated("missing")


def problem(error: ArgusClientError) -> dict[str, object]:
    """The body of an answer, `application/problem+json` (RFC 9457).

    What went wrong between this service and Argus is for this service's log, not for its callers.
    """
    if error.status >= 500:
        _log.warning("a request could not be judged: %s", error)
    return {
        "type": "about:blank",
        "title": error.title,
        "status": error.status,
        "code": error.code,
        "detail": str(error) if error.status < 500 else error.title,
    }


PROBLEM = "application/problem+json"
