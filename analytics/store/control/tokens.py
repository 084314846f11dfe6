"""Secrets that we hand out and recognise: 256 random bits, of which only the SHA-256 is kept. A plain hash is enough
because, unlike a password, such a token cannot be guessed."""

import hashlib
import hmac
import secrets

_BYTES = 32
_NOTHING = bytes(_BYTES)


def new(prefix: str = "") -> str:
    """A new token, safe to use in a link and in a header."""
    return prefix + secrets.token_urlsafe(_BYTES)


def digest(text: str) -> bytes:
    """The digest of a token, which is what is stored."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def matches(kept: bytes | None, text: str) -> bool:
    """Whether ``token`` belongs to the stored digest, which may be None; takes the same time for every outcome."""
    return hmac.compare_digest(kept or _NOTHING, digest(text)) and kept is not None
