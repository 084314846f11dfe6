"""Segments that are loaded, and kept until backups contain what is in them."""

from pathlib import Path

import pytest

from analytics.ingest.finished import FinishedSegments

OLD, NEW = "01790000000000000000-1-aa.ndjson", "01790000060000000000-1-bb.ndjson"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (OLD, NEW):
        (tmp_path / name).write_bytes(b"rows")
    return tmp_path


def here(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_finished_segment_is_known_to_the_next_process(folder: Path) -> None:
    FinishedSegments(folder).add(OLD, {"shop": 40})
    again = FinishedSegments(folder)
    assert (OLD in again, NEW in again, again.sites()) == (True, False, {"shop"})


def test_a_note_that_a_power_cut_left_half_written_is_no_note(folder: Path) -> None:
    FinishedSegments(folder).add(OLD, {"shop": 40})
    (folder / f"{OLD}.done").write_bytes(b'{"shop":')
    assert OLD not in FinishedSegments(folder)


def test_a_segment_is_deleted_once_the_backups_of_all_its_sites_cover_it(folder: Path) -> None:
    finished = FinishedSegments(folder)
    finished.add(OLD, {"shop": 40, "blog": 80})
    finished.backed_up("shop", {OLD: 40})
    finished.backed_up("blog", {OLD: 79})
    finished.delete_covered()
    assert (finished.lacks_backup("shop"), finished.lacks_backup("blog"), OLD in here(folder)) == (False, True, True)
    finished.backed_up("blog", {OLD: 80})
    finished.delete_covered()
    assert (here(folder), OLD in finished) == ([NEW], False)


def test_a_removed_site_holds_up_no_segment(folder: Path) -> None:
    finished = FinishedSegments(folder)
    finished.add(OLD, {"gone": 40})
    finished.forget_site("gone")
    finished.delete_covered()
    assert here(folder) == [NEW]


def test_a_segment_is_open_again_for_a_file_that_has_less_of_it(folder: Path) -> None:
    finished = FinishedSegments(folder)
    finished.add(OLD, {"shop": 40})
    finished.add(NEW, {"shop": 60})
    finished.reopen("shop", {OLD: 40, NEW: 59})
    assert (OLD in finished, NEW in finished) == (True, False)


def test_the_age_is_that_of_the_oldest_segment(folder: Path) -> None:
    finished = FinishedSegments(folder)
    assert finished.oldest() is None
    finished.add(NEW, {})
    finished.add(OLD, {})
    assert finished.oldest() == 1_790_000_000.0
