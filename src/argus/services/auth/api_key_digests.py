"""By what a presented API key is looked up."""

import hmac

from argus.kernel.crypto import Keyring

_PEPPER = "api-key"


class ApiKeyDigests:
    """HMAC-SHA-256 of keys under a pepper from each master key (ADR 0013)."""

    def __init__(self, keyring: Keyring) -> None:
        self._peppers = keyring.derive_all(_PEPPER)
        self.pepper_ids = tuple(self._peppers)
        self.pepper_id = self.pepper_ids[0]

    def of(self, key: str) -> list[bytes]:
        """Under each pepper, the current one's first."""
        return [hmac.digest(pepper, key.encode(), "sha256") for pepper in self._peppers.values()]
