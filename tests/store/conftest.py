"""A control file in a folder of the test's own, with one site."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics.site import Site
from analytics.store.control.people import Person
from analytics.store.control.store import ControlStore
from tests.store.watch import GOOD, Watch


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "control.sqlite"


@pytest.fixture
def control(path: Path, watch: Watch) -> Iterator[ControlStore]:
    store = ControlStore(path, watch)
    yield store
    store.close()


@pytest.fixture
def owner(control: ControlStore) -> Person:
    return control.people.create_owner(control.people.setup_token() or "", "Ada@Example.org", "Ada", GOOD)


@pytest.fixture
def site(control: ControlStore) -> Site:
    return control.sites.add("example.org", "Europe/Berlin")
