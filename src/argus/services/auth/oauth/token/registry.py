"""The grants that the token endpoint knows."""

from argus.services.auth.oauth.token import (
    authorization_code,
    client_credentials,
    device_code,
    jwt_bearer,
    refresh_token,
    token_exchange,
)
from argus.services.auth.oauth.token.grants import Grant

_KNOWN = (
    authorization_code.exchange_code,
    client_credentials.exchange_client_credentials,
    device_code.exchange_device_code,
    jwt_bearer.exchange_assertion,
    refresh_token.exchange_refresh_token,
    token_exchange.exchange_token,
)
GRANTS: dict[str, Grant] = {known.type: known for known in _KNOWN}
"""By `grant_type`."""
