"""Fixtures for tests of the whole service."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.service import Service

pytest_plugins = ["tests.nothing_skipped"]

StartService = Callable[..., Service]


@pytest.fixture
def start_service(tmp_path: Path) -> Iterator[StartService]:
    """Starts the real service, as ``footfall serve`` does, on a free port and a data directory of its own."""
    with ExitStack() as stack:

        def start(**settings: object) -> Service:
            service = Service(tmp_path / "data", tmp_path / "service.log", settings)
            stack.callback(service.kill)
            service.start()
            return service

        yield start
