"""How a command reaches the running service: a Unix socket in the data directory, mode 0600.

One line of JSON each way: ``{"command": ..., "arguments": {...}}``, then ``{"result": ...}`` or ``{"error": ..., "field":
...}``. Whoever can open the socket owns the data directory anyway.
"""

import logging
import os
import socket
import socketserver
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Thread
from typing import Any

from msgspec import MsgspecError, Struct, json

from analytics.errors import FootfallError, InvalidInput, fault

_log = logging.getLogger(__name__)

Handle = Callable[[str, Mapping[str, Any]], Any]
_LONGEST_PATH = 100
"""Bytes a Unix socket's path may have on Linux, less a few."""
_CUT_OFF = "the service ended before it answered; check whether the command was carried out, and repeat it if it was not"


class _Call(Struct):
    command: str
    arguments: dict[str, Any]


class _Answer(Struct):
    result: Any = None
    error: str = ""
    wrong: list[tuple[str, str]] = []
    """Arguments and what is wrong with each, where the error is about those."""


class ControlSocket:
    """Listens for commands and answers them with ``handle`` until it is closed."""

    def __init__(self, path: Path, handle: Handle) -> None:
        path.unlink(missing_ok=True)
        self._path = path
        self._server = _Server(_short(path), handle)
        path.chmod(0o600)
        self._thread = Thread(target=self._server.serve_forever, name="control-socket", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """May be called twice."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._path.unlink(missing_ok=True)


def ask(path: Path, command: str, arguments: Mapping[str, Any]) -> Any:
    """Sends a command to the running service and returns its result. Raises FootfallError with the service's error or if the
    service ends before it answers, and ConnectionError if no service is running."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        try:
            line.connect(_short(path))
        except (FileNotFoundError, ConnectionRefusedError) as error:
            raise ConnectionError(f"no service answers at {path}") from error
        line.sendall(json.encode(_Call(command, dict(arguments))) + b"\n")
        with line.makefile("rb") as reader:
            said = reader.readline()
    if not said.endswith(b"\n"):
        raise FootfallError(_CUT_OFF)
    answer = json.decode(said, type=_Answer)
    if answer.wrong:
        raise InvalidInput.together([InvalidInput(field, problem) for field, problem in answer.wrong])
    if answer.error:
        raise FootfallError(answer.error)
    return answer.result


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def __init__(self, path: str, handle: Handle) -> None:
        self.handle = handle
        super().__init__(path, _Handler)


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        try:
            call = json.decode(self.rfile.readline(), type=_Call)
        except MsgspecError as error:
            self._answer(_Answer(error=f"not understood: {error}"))
            return
        try:
            answer = _Answer(self.server.handle(call.command, call.arguments))
        except InvalidInput as error:
            answer = _Answer(wrong=[(each.field, str(each)) for each in error.each])
        except FootfallError as error:
            answer = _Answer(error=str(error))
        except Exception as bug:
            _log.error("the command %s failed: %s", call.command, fault(bug))
            answer = _Answer(error=f"{type(bug).__name__} in the running service; this is a bug of ours")
        self._answer(answer)

    def _answer(self, answer: _Answer) -> None:
        self.wfile.write(json.encode(answer) + b"\n")


def _short(path: Path) -> str:
    """A spelling of ``path`` that fits into a socket address, which holds about 100 bytes: a long path is reached through
    its folder's file descriptor."""
    if len(bytes(path)) < _LONGEST_PATH:
        return str(path)
    return f"/proc/self/fd/{os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)}/{path.name}"
