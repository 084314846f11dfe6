"""Reads a request's body asynchronously, so that no thread waits for a slow sender."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, cast

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

LARGEST = 1024 * 1024
"""Bytes that a page or the API takes: room for a filter with the most values that are taken. The collector's ways in have
limits of their own."""


async def body(receive: Receive, most: int) -> bytes | None:
    """The body, or None if the client hung up. It is cut after at least ``most`` + 1 bytes, even if it is chunked without a
    length, so that the caller can see that it is too long."""
    message = await receive()
    if message["type"] == "http.disconnect":
        return None
    first = message.get("body", b"")
    if not message.get("more_body"):
        return cast("bytes", first)
    gathered = bytearray(first)
    while message.get("more_body") and len(gathered) <= most:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        gathered += message.get("body", b"")
    return bytes(gathered)


def again(read: bytes) -> Receive:
    """A ``receive`` callable that returns a body that was already read, in one piece."""
    messages: list[Message] = [{"type": "http.request", "body": read, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive
