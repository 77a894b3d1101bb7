"""What is stored, or compared, of a secret that is random enough to need no slow hash."""

import hashlib


def sha256_of(text: str) -> bytes:
    """SHA-256 of the text in UTF-8, 32 bytes. Any text has one, lone surrogates included."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()
