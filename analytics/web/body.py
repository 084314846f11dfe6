"""Reads a request's body as it comes, without a thread that waits for a slow sender."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, cast

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

LARGEST = 1024 * 1024
"""Bytes that a page or the API takes: room for a filter with the most values that are taken. The collector's ways in have
limits of their own."""


async def body(receive: Receive, most: int) -> bytes | None:
    """The body, cut after ``most`` + 1 bytes or a little more; None when the client hung up.

    What comes in pieces without a length is cut too: whoever gets it then sees that it is too long.
    """
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
    """Gives a body that was read to who reads it next, all at once."""
    messages: list[Message] = [{"type": "http.request", "body": read, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive
