"""Dynamic client registration on the wire (RFC 7591, RFC 7592)."""

from argus.services.auth.clients.schemas import ClientMetadataView


class RegisteredClient(ClientMetadataView):
    """What is registered (RFC 7591 section 3.2.1). A secret is shown when it is made, and never
    again.
    """

    client_id: str
    client_id_issued_at: int
    client_secret: str | None
    client_secret_expires_at: int | None
    """0: never; there where there is a secret."""
    registration_client_uri: str
    """Where the client manages its registration (RFC 7592 section 3)."""
    registration_access_token: str
    """With which it does so. A change of the registration comes with another one."""
