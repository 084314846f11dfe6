"""What was acknowledged is on disk, and what is damaged costs itself only."""

import asyncio
import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event as Signal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.errors import StoreUnavailable
from analytics.ingest.spool import Entry, Part, Spool, read, segments
from analytics.store.base import Batch
from tests.loops import run
from tests.rows import made_row

MakeSpool = Callable[..., Spool]


def entry(path: str = "/") -> Entry:
    return Entry([Part("shop", [made_row(path=path)])])


@pytest.fixture
def make_spool(tmp_path: Path) -> Iterator[MakeSpool]:
    spools = []

    def make(**options: object) -> Spool:
        spool = Spool(tmp_path, **({"segment_size": 1 << 20, "reserve": 0} | options))  # type: ignore[arg-type]
        spools.append(spool)
        return spool

    yield make
    for spool in spools:
        spool.close()


def paths(folder: Path) -> list[bytes]:
    """The paths of all rows in the spool, in order."""
    found = []
    for name in segments(folder):
        for record in read(folder / name, 0):
            assert record.entry is not None
            found += [bytes(row).split(b'"path":"')[1].split(b'"')[0] for part in record.entry.parts for row in part.rows]
    return found


def test_an_entry_that_was_acknowledged_is_in_a_segment(make_spool: MakeSpool, tmp_path: Path) -> None:
    make_spool().append(entry("/a")).result(timeout=10)
    assert paths(tmp_path) == [b"/a"]


def test_the_acknowledgement_waits_for_the_sync(make_spool: MakeSpool) -> None:
    """R-01: not a moment earlier."""
    syncing, go_on = Signal(), Signal()

    def sync(_fd: int) -> None:
        syncing.set()
        go_on.wait(10)

    done = make_spool(sync=sync).append(entry())
    assert syncing.wait(10)
    assert not done.done()
    go_on.set()
    assert done.result(timeout=10) is None


def test_callers_in_an_event_loop_wait_in_the_same_groups(make_spool: MakeSpool, tmp_path: Path) -> None:
    spool = make_spool()

    async def append_many() -> None:
        await asyncio.gather(*[spool.append_soon(entry(f"/{number}")) for number in range(50)])

    run(append_many())
    assert sorted(paths(tmp_path)) == sorted(f"/{number}".encode() for number in range(50))


def test_a_caller_that_hangs_up_does_not_stop_the_others(make_spool: MakeSpool, tmp_path: Path) -> None:
    spool = make_spool()

    async def one_hangs_up() -> None:
        first, second = spool.append_soon(entry("/first")), spool.append_soon(entry("/second"))
        first.cancel()
        await second

    run(one_hangs_up())
    assert paths(tmp_path) == [b"/first", b"/second"]


@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC, errno.EROFS])
def test_after_a_failed_sync_those_waiting_are_refused_and_a_new_segment_begins(
    make_spool: MakeSpool, tmp_path: Path, error: int
) -> None:
    """A second sync of the same file would report success although the data is gone."""
    failures = iter([error])

    def sync(fd: int) -> None:
        for code in failures:
            raise OSError(code, os.strerror(code))
        os.fdatasync(fd)

    spool = make_spool(sync=sync)
    with pytest.raises(StoreUnavailable, match=os.strerror(error)):
        spool.append(entry("/lost")).result(timeout=10)
    spool.append(entry("/kept")).result(timeout=10)
    assert paths(tmp_path) == [b"/kept"]
    assert len(segments(tmp_path)) == 2
    assert spool.failing == ""


def test_below_the_reserve_nothing_is_accepted(make_spool: MakeSpool, tmp_path: Path) -> None:
    """R-08: there must be room left to load, checkpoint and repair."""
    spool = make_spool(reserve=1 << 60)
    with pytest.raises(StoreUnavailable, match="disk_reserve"):
        spool.append(entry()).result(timeout=10)
    assert segments(tmp_path) == []


def test_a_full_segment_is_closed_and_the_next_one_begins(make_spool: MakeSpool, tmp_path: Path) -> None:
    spool = make_spool(segment_size=1)
    for name in ("/a", "/b", "/c"):
        spool.append(entry(name)).result(timeout=10)
    assert len(segments(tmp_path)) == 3
    assert paths(tmp_path) == [b"/a", b"/b", b"/c"]


def test_a_segment_is_closed_when_that_is_asked_for(make_spool: MakeSpool, tmp_path: Path) -> None:
    """Also when nothing is written; once the spool is closed there is nothing to close."""
    spool = make_spool()
    spool.cut()
    assert segments(tmp_path) == []
    spool.append(entry("/a")).result(timeout=10)
    spool.cut()
    (name,) = segments(tmp_path)
    assert spool.extent(name).closed
    spool.append(entry("/b")).result(timeout=10)
    assert len(segments(tmp_path)) == 2
    spool.close()
    spool.cut()


def test_only_what_is_durable_may_be_read(make_spool: MakeSpool, tmp_path: Path) -> None:
    spool = make_spool()
    spool.append(entry()).result(timeout=10)
    (name,) = segments(tmp_path)
    extent = spool.extent(name)
    assert (extent.size, extent.closed) == ((tmp_path / name).stat().st_size, False)
    assert spool.extent("one-that-is-just-being-made.ndjson").size == 0
    spool.close()
    assert spool.extent(name).closed


def test_segments_of_an_earlier_process_are_closed_and_never_appended_to(make_spool: MakeSpool, tmp_path: Path) -> None:
    make_spool().append(entry("/a")).result(timeout=10)
    (earlier,) = segments(tmp_path)
    size = (tmp_path / earlier).stat().st_size
    second = make_spool()
    second.append(entry("/b")).result(timeout=10)
    assert second.extent(earlier).closed
    assert (tmp_path / earlier).stat().st_size == size
    assert paths(tmp_path) == [b"/a", b"/b"]


def test_segments_are_for_their_owner_only(make_spool: MakeSpool, tmp_path: Path) -> None:
    make_spool().append(entry()).result(timeout=10)
    (name,) = segments(tmp_path)
    assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


def test_what_rides_along_is_written_with_the_next_group_or_by_itself(make_spool: MakeSpool, tmp_path: Path) -> None:
    waiting = [Part("shop", dropped={"2026-06-01": {"bot": 3}})]

    def take() -> list[Part]:
        taken, waiting[:] = waiting[:], []
        return taken

    spool = make_spool(ride_along=take)
    spool.append(entry()).result(timeout=10)
    spool.close()
    records = [record.entry for name in segments(tmp_path) for record in read(tmp_path / name, 0)]
    assert [part.dropped for found in records if found for part in found.parts if part.dropped] == [{"2026-06-01": {"bot": 3}}]


def test_what_rides_along_is_given_back_when_it_could_not_be_written(make_spool: MakeSpool) -> None:
    given_back: list[Part] = []
    parts = [Part("shop", dropped={"2026-06-01": {"bot": 3}})]
    spool = make_spool(reserve=1 << 60, ride_along=lambda: parts, put_back=given_back.extend)
    with pytest.raises(StoreUnavailable):
        spool.append(entry()).result(timeout=10)
    assert given_back[:1] == parts


def test_after_closing_nothing_is_accepted(make_spool: MakeSpool) -> None:
    spool = make_spool()
    spool.close()
    spool.close()
    with pytest.raises(StoreUnavailable, match="shutting down"):
        spool.append(entry())


@pytest.fixture(scope="module")
def whole_segment(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("spool")
    spool = Spool(folder, segment_size=1 << 20, reserve=0)
    for number in range(20):
        spool.append(Entry([Part("shop", [made_row(path=f"/{number}")])], Batch(f"key {number}", "{}"))).result(timeout=10)
    spool.close()
    (name,) = segments(folder)
    return (folder / name).read_bytes()


_many = settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@_many
@given(data=st.data())
def test_a_segment_cut_anywhere_gives_its_whole_records(whole_segment: bytes, tmp_path: Path, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(whole_segment)))
    path = tmp_path / "cut"
    path.write_bytes(whole_segment[:cut])
    records = list(read(path, 0))
    assert len(records) == whole_segment[:cut].count(b"\n")
    assert all(record.entry for record in records)


@_many
@given(data=st.data())
def test_a_flipped_bit_costs_its_own_record_and_gives_no_false_one(
    whole_segment: bytes, tmp_path: Path, data: st.DataObject
) -> None:
    """A line feed that is hit or made by the flip costs two records, or makes two damaged ones of one."""
    place, bit = data.draw(st.integers(0, len(whole_segment) - 1)), data.draw(st.integers(0, 7))
    damaged = bytearray(whole_segment)
    damaged[place] ^= 1 << bit
    path = tmp_path / "flipped"
    path.write_bytes(bytes(damaged))
    genuine = {bytes(row) for record in _records(whole_segment, tmp_path) if record for row in record}
    found = [row for record in _records(bytes(damaged), tmp_path) if record for row in record]
    assert set(found) <= genuine
    assert len(found) >= 18


def _records(data: bytes, folder: Path) -> list[list[bytes] | None]:
    path = folder / "segment"
    path.write_bytes(data)
    return [[bytes(row) for part in r.entry.parts for row in part.rows] if r.entry else None for r in read(path, 0)]
