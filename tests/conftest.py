"""Fixtures for tests of the whole service, and how the suite is dealt out."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from analytics.clock import system_clock
from analytics.store.control import database
from analytics.store.control.database import Database
from analytics.store.duckdb import opening
from analytics.store.duckdb.limits import Folders, Limits
from tests.service import Service

pytest_plugins = ["tests.nothing_skipped"]


def pytest_xdist_auto_num_workers() -> int | None:
    """Half as many again as there are cores: a third of the time journeys wait for their browser, and services for disks."""
    return None if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else max(2, 3 * (os.cpu_count() or 1) // 2)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The few that take minutes come first, those with a time limit of their own: nobody waits for them at the end."""
    items.sort(key=lambda item: item.get_closest_marker("timeout") is None)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """An empty database of each kind with all migrations: kind -> file."""
    folder = tmp_path_factory.mktemp("migrated")
    Database(folder / "control.sqlite", system_clock).close()
    folders = Folders(*(folder / name for name in ("sites", "quarantine", "work", "backups")))
    folders.work.mkdir()
    opening._connected(folder / "site.duckdb", folders, Limits(64 << 20, 1, 20, 0)).close()
    return {"control": folder / "control.sqlite", "site": folder / "site.duckdb"}


@pytest.fixture
def copied_databases(migrated: Mapping[str, Path]) -> Iterator[None]:
    """What would be a new file is a copy of a migrated one: migrations are half of what a short test takes. That a new file
    gets them, and what they do, is the matter of tests/store, which does without this, and of every service that is started."""
    with pytest.MonkeyPatch.context() as patch:
        for kind, module, name in (("control", database, "_opened"), ("site", opening, "_connected")):
            patch.setattr(module, name, partial(_copied, migrated[kind], getattr(module, name)))
        yield


def _copied(made: Path, opened: Callable[..., Any], path: Path, *more: Any) -> Any:
    if not path.exists():
        shutil.copy(made, path)
    return opened(path, *more)


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
