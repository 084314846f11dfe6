"""Fixtures for tests of the whole service, and how the suite is dealt out."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.service import Service

pytest_plugins = ["tests.nothing_skipped"]


def pytest_xdist_auto_num_workers() -> int | None:
    """Half as many again as there are cores: a third of the time journeys wait for their browser, and services for disks."""
    return None if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else max(2, 3 * (os.cpu_count() or 1) // 2)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The few that take minutes come first, those with a time limit of their own: nobody waits for them at the end."""
    items.sort(key=lambda item: item.get_closest_marker("timeout") is None)


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
