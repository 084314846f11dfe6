"""Secrets that we give out and recognise: 256 random bits, of which only the SHA-256 is kept.

A plain hash is enough: unlike a password, such a token cannot be guessed.
"""

import hashlib
import hmac
import secrets

_BYTES = 32
_NOTHING = bytes(_BYTES)


def new(prefix: str = "") -> str:
    """A new token, safe in a link and in a header."""
    return prefix + secrets.token_urlsafe(_BYTES)


def digest(text: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def matches(kept: bytes | None, text: str) -> bool:
    """Whether this is the token whose digest was kept; takes the same time for every answer."""
    return hmac.compare_digest(kept or _NOTHING, digest(text)) and kept is not None
