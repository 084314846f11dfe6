"""The visitor map crosses a planned restart in memory, and never on a disk."""

from datetime import date
from pathlib import Path

import pytest

from analytics.ingest import handover as module
from analytics.ingest.handover import Handover, State
from analytics.ingest.visitor_map import DayOfVisitors, VisitState
from analytics.model import Attributes

STATE = State(
    keys={"kept": b"secret"},
    visitors=[DayOfVisitors("shop", date(2026, 6, 1), {2**63 + 5: VisitState(1, 2**64 - 1, 3.5, 4, Attributes(source="Google"))})],
)
NO_SWAP = "Filename Type Size Used Priority\n"


@pytest.fixture
def ram(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that counts as memory."""
    monkeypatch.setattr(module, "_is_memory", lambda folder: True)
    return tmp_path


def handover(ram: Path, swaps: str = NO_SWAP, data: str = "/data") -> Handover:
    (ram / "swaps").write_text(swaps)
    return Handover(Path(data), (str(ram),), ram / "swaps")


def test_what_is_left_is_found_once(ram: Path) -> None:
    assert handover(ram).leave(STATE)
    assert handover(ram).take() == STATE
    assert handover(ram).take() is None


def test_the_file_is_for_its_owner_only_and_gone_when_read(ram: Path) -> None:
    handover(ram).leave(STATE)
    (path,) = ram.glob("footfall-*")
    assert path.stat().st_mode & 0o777 == 0o600
    handover(ram).take()
    assert not list(ram.glob("footfall-*"))


def test_two_data_directories_do_not_get_each_others_state(ram: Path) -> None:
    handover(ram, data="/one").leave(STATE)
    assert handover(ram, data="/two").take() is None


@pytest.mark.parametrize("device", ["/dev/sda2", "/swapfile", "/dev/dm-1"])
def test_where_memory_may_be_swapped_to_a_disk_nothing_is_handed_over(ram: Path, device: str) -> None:
    assert not handover(ram, f"{NO_SWAP}{device} partition 100 0 -2\n").leave(STATE)
    assert not list(ram.glob("footfall-*"))


def test_compressed_memory_is_not_a_disk(ram: Path) -> None:
    assert handover(ram, f"{NO_SWAP}/dev/zram0 partition 100 0 -2\n").leave(STATE)


def test_a_folder_on_a_disk_is_not_used(tmp_path: Path) -> None:
    assert not handover(tmp_path).leave(STATE)


@pytest.mark.parametrize("content", [b"", b"garbage", b"\x81"])
def test_a_damaged_file_is_no_state(ram: Path, content: bytes) -> None:
    handover(ram).leave(STATE)
    (path,) = ram.glob("footfall-*")
    path.write_bytes(content)
    assert handover(ram).take() is None


def test_a_file_that_others_may_read_is_not_believed(ram: Path) -> None:
    handover(ram).leave(STATE)
    (path,) = ram.glob("footfall-*")
    path.chmod(0o644)
    assert handover(ram).take() is None


def test_a_link_that_somebody_else_laid_is_not_followed(ram: Path) -> None:
    handover(ram).leave(STATE)
    (path,) = ram.glob("footfall-*")
    path.rename(ram / "elsewhere")
    path.symlink_to(ram / "elsewhere")
    assert handover(ram).take() is None
