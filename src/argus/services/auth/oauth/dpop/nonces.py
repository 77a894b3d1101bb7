"""Nonces for proofs of possession (RFC 9449 section 8): made of time, so that none is stored."""

import hmac
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta

from argus.kernel.clock import Clock
from argus.kernel.crypto import Keyring

PERIOD = timedelta(minutes=2)
"""A new nonce begins this often; the one before is still accepted."""


class DpopNonces:
    """The same in every process of the installation."""

    def __init__(self, keyring: Keyring, clock: Clock) -> None:
        self._secret, self._clock = keyring.derive("dpop-nonce"), clock

    def current(self) -> str:
        """The nonce for the next proof."""
        return self._at(self._clock.now())

    def accepts(self, nonce: str) -> bool:
        """Whether this nonce was given out at most two periods ago."""
        now = self._clock.now()
        return any(
            hmac.compare_digest(self._at(time).encode(), nonce.encode())
            for time in (now, now - PERIOD)
        )

    def _at(self, time: datetime) -> str:
        period = int(time.timestamp() // PERIOD.total_seconds())
        mac = hmac.digest(self._secret, period.to_bytes(8), "sha256")
        return urlsafe_b64encode(mac[:18]).decode()
