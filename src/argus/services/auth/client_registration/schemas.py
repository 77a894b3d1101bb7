"""Dynamic client registration on the wire (RFC 7591)."""

from argus.services.auth.clients.schemas import ClientMetadataView


class RegisteredClient(ClientMetadataView):
    """What was registered (RFC 7591 section 3.2.1). A secret is shown here and never again."""

    client_id: str
    client_id_issued_at: int
    client_secret: str | None
    client_secret_expires_at: int | None
    """0: never; there where there is a secret."""
