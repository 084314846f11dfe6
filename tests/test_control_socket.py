"""A command reaches the running service, and nobody else can."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from socket import AF_UNIX, socket
from threading import Thread
from typing import Any

import pytest

from analytics.control_socket import ControlSocket, ask
from analytics.errors import FootfallError, InvalidInput, NotFound


def handle(command: str, arguments: Mapping[str, Any]) -> Any:
    if command == "break":
        raise OSError("with a row's content")
    if command == "mistype":
        problems = [InvalidInput("domain", "no %(what)s here", what="blanks"), InvalidInput("timezone", "no such zone")]
        raise InvalidInput.together(problems[: arguments["problems"]])
    if command == "fail":
        raise NotFound("there is no such site")
    return [command, arguments]


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / ("deep" * 40) / "control.sock"
    path.parent.mkdir()
    server = ControlSocket(path, handle)
    yield path
    server.close()


def test_a_command_is_answered(path: Path) -> None:
    assert ask(path, "site add", {"domain": "bücher.example"}) == ["site add", {"domain": "bücher.example"}]


def test_an_error_arrives_with_its_text(path: Path) -> None:
    with pytest.raises(FootfallError, match="there is no such site"):
        ask(path, "fail", {})


def test_an_error_about_an_argument_arrives_with_its_name(path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"^no blanks here$") as caught:
        ask(path, "mistype", {"problems": 1})
    assert caught.value.field == "domain"


def test_errors_about_several_arguments_arrive_with_all_their_names(path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"^no blanks here$") as caught:
        ask(path, "mistype", {"problems": 2})
    assert [(each.field, str(each)) for each in caught.value.each] == [
        ("domain", "no blanks here"), ("timezone", "no such zone"),
    ]  # fmt: skip


def test_a_bug_is_answered_without_what_it_was_about(path: Path) -> None:
    with pytest.raises(FootfallError, match=r"^OSError in the running service; this is a bug of ours$"):
        ask(path, "break", {})


def test_a_service_that_ends_before_it_answers_is_said_to_have_ended(tmp_path: Path) -> None:
    """And not that there is none: the command may have been carried out."""
    with socket(AF_UNIX) as listening:
        listening.bind(str(tmp_path / "control.sock"))
        listening.listen()

        def take_the_command_and_die() -> None:
            line, _ = listening.accept()
            with line, line.makefile("rb") as reader:
                reader.readline()

        service = Thread(target=take_the_command_and_die)
        service.start()
        with pytest.raises(FootfallError, match="the service ended before it answered"):
            ask(tmp_path / "control.sock", "site list", {})
        service.join()


def test_the_socket_is_for_its_owner_only(path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600


def test_without_a_service_the_caller_learns_that(tmp_path: Path) -> None:
    with pytest.raises(ConnectionError):
        ask(tmp_path / "control.sock", "site list", {})


def test_a_socket_left_by_a_killed_service_is_no_service(path: Path) -> None:
    left = path.with_name("left.sock")
    server = ControlSocket(left, handle)
    server._server.server_close()
    with pytest.raises(ConnectionError):
        ask(left, "site list", {})
    server._server.shutdown()
