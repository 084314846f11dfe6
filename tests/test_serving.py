"""The limits that strangers meet before the application: a request that takes for ever, one that is too much around its body.

What is in them and how it is answered is tests/promises/test_wire.py's.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from analytics.serving import Beating, Connection
from tests.loops import run

PATIENCE = 0.2

PACKET = 1_400
"""Bytes that a packet carries, more or less."""


class Hasty(Connection):
    """One that does not make the tests wait."""

    patience = PATIENCE


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the names of the headers, once all of the body is there."""
    while (await receive()).get("more_body"):
        pass
    names = b" ".join(name for name, _ in scope["headers"])
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(names))]})
    await send({"type": "http.response.body", "body": names})


class Piecemeal(Connection):
    """One whose bytes arrive a packet at a time, as from far away; a network within one machine delivers them by the hundred KB."""

    def data_received(self, data: bytes) -> None:
        for at in range(0, len(data), PACKET):
            super().data_received(data[at : at + PACKET])


def talk(
    say: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]], connection: type[Connection] = Hasty
) -> float:
    """Speaks with a server in this process; returns how many seconds that took."""

    async def speak() -> float:
        config, state = Config(application, interface="asgi3", lifespan="off"), ServerState()
        server = await asyncio.get_running_loop().create_server(lambda: connection(config, state, {}), "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            began = asyncio.get_running_loop().time()
            await say(reader, writer)
            took = asyncio.get_running_loop().time() - began
            writer.close()
            with suppress(ConnectionResetError):  # by a server that has hung up already; what was said of that is checked in ``say``
                await writer.wait_closed()
            return took

    return run(speak())


@pytest.mark.parametrize(
    "begun", [b"", b"POST / HT", b"POST / HTTP/1.1\r\nX: a", b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabc"]
)
def test_t20_a_request_that_does_not_get_on_is_hung_up_on(begun: bytes) -> None:
    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(begun)
        assert await reader.read() == b""

    assert talk(say) >= PATIENCE * 0.9


def test_t20_nor_does_it_help_to_go_on_slowly() -> None:
    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"GET / HTTP/1.1\r\n")
        end = asyncio.ensure_future(reader.read())
        while not end.done():
            writer.write(b"X: a\r\n")
            await asyncio.wait([end], timeout=PATIENCE / 20)
        assert isinstance(end.exception(), ConnectionResetError) or end.result() == b""  # by whether the last piece was read

    assert talk(say) >= PATIENCE * 0.9


def test_a_connection_is_as_good_for_its_last_request_as_for_its_first() -> None:
    """The time is a request's, not the connection's."""

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        until = asyncio.get_running_loop().time() + 3 * PATIENCE
        while asyncio.get_running_loop().time() < until:
            writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            await reader.readuntil(b"\r\n\r\nhost")

    assert talk(say) >= 3 * PATIENCE


def test_a_trailer_is_no_header() -> None:
    """A proxy that believes nobody's X-Forwarded-For may still hand on a visitor's trailers."""

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        body = b"3\r\nabc\r\n0\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n"
        writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n" + body)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        assert await reader.readexactly(22) == b"host transfer-encoding"

    talk(say)


def test_t20_there_is_room_around_a_body_in_chunks_of_one_byte_however_it_arrives() -> None:
    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 64 * 1024 + b"0\r\n\r\n")
        assert (await reader.readuntil(b"\r\n")) == b"HTTP/1.1 200 OK\r\n"

    talk(say, Piecemeal)


def test_a_clock_that_is_set_back_does_not_silence_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """gunicorn would take it for dead after a minute, and with it would go who is visiting."""
    clock = iter(range(2_000_000_000, 0, -3600))
    monkeypatch.setattr("uvicorn.server.time", SimpleNamespace(time=lambda: next(clock)))
    beats: list[int] = []
    server = Beating(Config(application, interface="asgi3", lifespan="off"), lambda: beats.append(1))
    for counter in range(31):
        assert run(server.on_tick(counter)) is False
    assert len(beats) == 4
