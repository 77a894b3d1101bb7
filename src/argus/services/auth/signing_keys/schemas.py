"""The key set on the wire."""

from argus.kernel.schema import Response


class KeySet(Response):
    """A JWK Set (RFC 7517 section 5)."""

    keys: list[dict[str, str]]
