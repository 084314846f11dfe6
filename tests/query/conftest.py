"""What the tests of questions share."""

import pytest

from tests.query.rows import MemoryStore


@pytest.fixture(scope="session")
def engine() -> MemoryStore:
    """One for all tests of a worker."""
    return MemoryStore()


@pytest.fixture
def store(engine: MemoryStore) -> MemoryStore:
    """An engine in memory without rows."""
    engine.empty()
    return engine
