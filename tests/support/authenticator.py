"""A passkey authenticator in software, as a browser would answer for it."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256

USER_PRESENT, USER_VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40


@dataclass
class Authenticator:
    """Holds one passkey. What a test sets wrong, it answers wrong."""

    origin: str
    verifies_user: bool = True
    synced: bool = False
    sign_count: int = 0
    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user_handle: bytes = b""

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.create()` gives as JSON."""
        self.user_handle = _decode(options["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        public_key = cbor2.dumps(
            {
                1: 2,
                3: -7,
                -1: 1,
                -2: numbers.x.to_bytes(32, "big"),
                -3: numbers.y.to_bytes(32, "big"),
            }
        )
        data = self._data(options["rp"]["id"], ATTESTED)
        data += bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id
        attestation = {"fmt": "none", "attStmt": {}, "authData": data + public_key}
        client_data = self._client_data("webauthn.create", options["challenge"])
        return self._credential(
            clientDataJSON=_encode(client_data),
            attestationObject=_encode(cbor2.dumps(attestation)),
            transports=["internal"],
        )

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.get()` gives as JSON."""
        self.sign_count += 1
        data = self._data(options["rpId"], 0)
        client_data = self._client_data("webauthn.get", options["challenge"])
        signed = data + hashlib.sha256(client_data).digest()
        return self._credential(
            clientDataJSON=_encode(client_data),
            authenticatorData=_encode(data),
            signature=_encode(self.key.sign(signed, ECDSA(SHA256()))),
            userHandle=_encode(self.user_handle),
        )

    def _data(self, rp_id: str, flags: int) -> bytes:
        flags |= USER_PRESENT | (USER_VERIFIED if self.verifies_user else 0)
        flags |= (BACKUP_ELIGIBLE | BACKED_UP) if self.synced else 0
        head = hashlib.sha256(rp_id.encode()).digest() + bytes([flags])
        return head + self.sign_count.to_bytes(4, "big")

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _credential(self, **response: Any) -> dict[str, Any]:
        encoded = _encode(self.credential_id)
        return {"id": encoded, "rawId": encoded, "type": "public-key", "response": response}


def _encode(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
