"""Keys of the installation: sealing of secrets at rest and derivation of internal secrets.

One master key stands behind everything. HKDF-SHA-256 (RFC 5869) derives one key per purpose, so a
leak of one derived key tells nothing about another. Sealing is AES-256-GCM with a random nonce,
bound to a context (`table.column:row`), so that a sealed value cannot be moved elsewhere.
"""

import base64
import binascii
import hashlib
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from argus.kernel.errors import ArgusError
from argus.kernel.settings import KernelSettings

_VERSION = b"\x01"
_KEY_BYTES = 32


class MasterKeyInvalid(ArgusError):
    """`ARGUS_MASTER_KEY`, or the key file under `ARGUS_HOME`, is not base64 of 32 bytes.

    Make one with `openssl rand -base64 32`. Several keys, newest first, are separated by commas.
    """

    code, status, title = "kernel.master_key.invalid", 503, "Master key invalid"


class UnsealFailed(ArgusError):
    """A sealed value cannot be opened: its master key is not among the configured ones, or it was
    changed or moved.

    Add the key it was sealed with to `ARGUS_MASTER_KEY`, after the current one.
    """

    code, status, title = "kernel.seal.unsealable", 503, "Sealed value cannot be opened"


class Keyring:
    """Master keys of the installation, newest first. Immutable and safe to share."""

    def __init__(self, master_keys: list[bytes]) -> None:
        if not master_keys or any(len(key) != _KEY_BYTES for key in master_keys):
            raise MasterKeyInvalid
        self._masters = {hashlib.sha256(key).digest()[:4]: key for key in master_keys}
        self._current_id = next(iter(self._masters))
        self._sealers = {
            key_id: AESGCM(_derive(key, "seal")) for key_id, key in self._masters.items()
        }

    @property
    def seal_header(self) -> bytes:
        """With what everything begins that is sealed with the current master key."""
        return _VERSION + self._current_id

    def derive(self, purpose: str) -> bytes:
        """32 bytes of the current master key for one purpose; the same at every call."""
        return _derive(self._masters[self._current_id], purpose)

    def derive_all(self, purpose: str) -> dict[str, bytes]:
        """The same for every master key, by its id in hex, newest first: for versioned peppers."""
        return {key_id.hex(): _derive(key, purpose) for key_id, key in self._masters.items()}

    def seal(self, secret: bytes, context: str) -> bytes:
        """Encrypt; only `open` with the same context and a known master key reverses it."""
        nonce = secrets.token_bytes(12)
        header = self.seal_header
        sealed = self._sealers[self._current_id].encrypt(nonce, secret, header + context.encode())
        return header + nonce + sealed

    def open(self, sealed: bytes, context: str) -> bytes:
        """Decrypt.

        Raises:
            UnsealFailed: unknown key, another context, or changed bytes.
        """
        header, nonce, body = sealed[:5], sealed[5:17], sealed[17:]
        sealer = self._sealers.get(header[1:])
        if header[:1] != _VERSION or sealer is None:
            raise UnsealFailed
        try:
            return sealer.decrypt(nonce, body, header + context.encode())
        except InvalidTag:
            raise UnsealFailed from None


def load_keyring(settings: KernelSettings) -> Keyring:
    """The keyring from `ARGUS_MASTER_KEY`, else from `<home>/master.key`, made when absent.

    Raises:
        MasterKeyInvalid: what is configured is not a key.
    """
    if settings.master_key is not None:
        text = settings.master_key.get_secret_value()
    else:
        text = _read_or_create(master_key_file(settings))
    try:
        keys = [base64.b64decode(part.strip(), validate=True) for part in text.split(",")]
    except binascii.Error:
        raise MasterKeyInvalid from None
    return Keyring(keys)


def master_key_file(settings: KernelSettings) -> Path:
    """Where the keys are that are not in `ARGUS_MASTER_KEY`."""
    return settings.home / "master.key"


def write_master_keys(path: Path, keys: list[str]) -> None:
    """Replace the key file, newest key first; after a crash it holds the old ones or these."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(",".join(keys))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def new_master_key() -> str:
    """A key as `ARGUS_MASTER_KEY` and the key file hold it."""
    return base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def _read_or_create(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    text = new_master_key()
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    return text


def _derive(master: bytes, purpose: str) -> bytes:
    return HKDF(
        algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=b"argus:" + purpose.encode()
    ).derive(master)
