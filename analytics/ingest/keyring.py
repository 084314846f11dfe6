"""Who may send batches, recognised by API key."""

from collections.abc import Iterable, Mapping
from hashlib import blake2b

from msgspec import Struct

from analytics.clock import Clock
from analytics.errors import InvalidInput
from analytics.site import Site
from analytics.store.control.keys import Key
from analytics.store.control.store import ControlStore

SCOPE = "events"
_KEY_SECONDS = 10.0
"""A key that was revoked works for as long as this."""
_MOST_KEYS = 1_000
_LONGEST_KEY = 200


class Sender(Struct, frozen=True):
    """The holder of a key that may send events."""

    key: Key
    secret: bytes
    """256 bits derived from the key's text, which only the sender has: what is stored on our disk is another hash of it."""

    def check(self, sites: Iterable[Site]) -> None:
        """Raises InvalidInput for ``domain`` if the key is not valid for all of these sites."""
        allowed = self.key.site_ids
        if allowed is not None and any(site.id not in allowed for site in sites):
            raise InvalidInput("domain", "the key is not for this site")

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Sender({self.key.id})"


class Keyring:
    """Remembers recognised keys for a few seconds, by their hash, so that a stream of batches does not query the database
    each time."""

    def __init__(self, control: ControlStore, clock: Clock) -> None:
        self._control = control
        self._clock = clock
        self._known: dict[bytes, tuple[float, Sender]] = {}

    def sender(self, headers: Mapping[str, str]) -> Sender | None:
        """The holder of the key in ``Authorization: Bearer``; None if it does not exist or may not send events. Raises
        StoreUnavailable."""
        scheme, _, text = headers.get("authorization", "").partition(" ")
        text = text.strip()
        if scheme.lower() != "bearer" or not text or len(text) > _LONGEST_KEY:
            return None
        secret, now = blake2b(text.encode("utf-8", "replace"), digest_size=32, person=b"batches").digest(), self._clock()
        until, sender = self._known.get(secret, (0.0, None))
        if sender is None or not until - _KEY_SECONDS <= now < until:
            key = self._control.api_keys.find(text)
            if key is None or SCOPE not in key.scopes:
                return None
            sender = Sender(key, secret)
            if len(self._known) >= _MOST_KEYS:
                self._known.clear()
            self._known[secret] = (now + _KEY_SECONDS, sender)
        return sender
