"""The grants that the token endpoint knows."""

from argus.services.auth.oauth.token import refresh_token
from argus.services.auth.oauth.token.grants import Grant

GRANTS: dict[str, Grant] = {known.type: known for known in (refresh_token.exchange_refresh_token,)}
