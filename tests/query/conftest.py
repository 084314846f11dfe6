"""What the tests of questions share."""

import pytest

from tests.query.rows import MemoryStore


@pytest.fixture
def store() -> MemoryStore:
    """An engine in memory without rows."""
    return MemoryStore()
