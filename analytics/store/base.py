"""The ports of storage: what the rest of Footfall may ask of an engine, and nothing else.

Two engines of rows are foreseen: DuckDB (the default, in ``store/duckdb``), and a server engine for those
who outgrow one machine. ``tests/store/test_duckdb.py`` and ``tests/query`` say what an engine has to do.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Any, NoReturn, Protocol

from msgspec import Struct

from analytics.model import Site


class Position(Struct, frozen=True):
    """How far a segment of the spool has been taken in: everything before byte ``offset`` is stored."""

    segment: str
    offset: int


class Batch(Struct, frozen=True):
    """An idempotency key that was used, with the answer that was given.

    ``key`` is a digest; the caller's own text is not kept.
    """

    key: str
    answer: str


class Load(Struct, frozen=True):
    """What one transaction takes into one site: rows, what was dropped, keys, and how far the spool was read.

    ``rows`` are JSON objects with the fields of ``model.Row``.
    """

    rows: Sequence[bytes]
    dropped: Mapping[tuple[str, str], int]
    """(day as ISO date, reason) -> how many."""
    batches: Sequence[Batch]
    positions: Sequence[Position]
    restarted: Sequence[str] = ()
    """Days (ISO dates) on which a crash lost the visitor map: visitors may be counted twice."""
    left_out: Mapping[str, int] = {}
    """Day (ISO date) -> identifying parameters that were left out of events."""
    apart: Sequence[bytes] = ()
    """JSON objects with the fields of ``model.ApartRow``; each is one of those in ``dropped``."""


class Chosen(Struct, frozen=True, kw_only=True):
    """Some of what is kept apart. None: whatever it is."""

    reason: str
    category: str | None = None
    who: str | None = None
    path: str | None = None
    first: date
    """In the site's zone, like ``last``, which is the last of them."""
    last: date


class Change(Struct, frozen=True, kw_only=True):
    """A correction as an engine carries it out."""

    id: int
    condition: str
    """SQL over the columns of one event, their names unqualified: whether it is meant."""
    values: Mapping[str, str] = {}
    """Column -> SQL of its new value; empty: the event is taken out."""
    parameters: Mapping[str, Any] = {}
    """Of ``condition`` and ``values``."""
    settled: bool = False
    """What it takes out is not kept for an undo."""


Changes = Callable[[str], Sequence[Change]]
"""The corrections that stand for the site of this id, in the order they were made."""


_DAY = slice(len('{"day":"'), len('{"day":"2026-01-31'))


def day_of(row: bytes) -> date:
    """The day of one of a load's rows, without decoding the row, which may be damaged: it is its first field."""
    return date.fromisoformat(row[_DAY].decode())


class Statement(Struct, frozen=True):
    """SQL and the values of its parameters, named ``$name`` in it."""

    sql: str
    parameters: Mapping[str, Any]


class Derived(Struct, frozen=True):
    """How what is derived from some days is made, once their rows are marked."""

    zone: str
    """The zone that the days are of."""
    rules: str
    """Digest of the section rules that are in the statements."""
    statements: Sequence[Statement]
    """Each fills roll-ups."""


class KeptDay(Struct, frozen=True):
    """A day that has events, and what has been derived from it."""

    day: date
    sealed: bool
    zone: str
    """That the day is of; the site may be in another by now. Empty: of none, as its rows are of the days of several."""
    rules: str
    """Digest of the section rules its roll-ups were made with."""
    fine: bool
    """Whether there are roll-ups of dimensions with many values."""
    crossing: bool = True
    """Whether it may have a part of a visit over midnight, which its roll-ups do without."""
    outside: bool = True
    """Whether it may have a part of one that those of its month do without, too."""
    sealed_at: datetime | None = None
    """UTC without a zone; another after every change of its rows."""


class Retired(Struct, frozen=True):
    """What a site no longer keeps."""

    at: datetime
    """Now, UTC without a zone."""
    rows_before: date | None
    """Rows of the days before this one go; their totals stay. None: none."""
    totals_before: date | None
    """Totals of the days before this one go. None: none."""
    rest: Sequence[Statement] = ()
    """Run before: they add what the totals do without while there are rows."""
    apart_before: date | None = None
    """What is kept apart of the days before this one goes. None: none."""


class Holdings(Struct, frozen=True):
    """What a site's data are."""

    first_row: date | None
    """The first day that has rows."""
    rows_before: int
    """Rows of the days before the one that was asked for."""
    pruned_at: datetime | None
    """When it was last looked through for what is too old, UTC."""
    unerased: bool
    """Whether something that was deleted may have left its bytes, in the file or in a backup."""
    apart_before: int = 0
    """Rows kept apart of the days before the one that was asked for."""


Read = Callable[[Statement], list[tuple[Any, ...]]]
"""Answers one SELECT."""


class Trial(Protocol):
    """A site on which something is tried out."""

    def read(self, statement: Statement) -> list[tuple[Any, ...]]:
        """As ``Read``."""

    def correct(self, changes: Sequence[Change]) -> None:
        """As ``Store.correct``, in the trial alone."""


class Store(Protocol):
    """The rows of all sites, each site's apart. Safe to use from several threads."""

    @property
    def rows_at_once(self) -> int:
        """How many rows one transaction may rewrite with the memory there is."""

    def load(self, site: Site, load: Load) -> Sequence[bytes]:
        """Stores all of ``load`` or nothing of it; returns the rows that the engine refuses for what they
        contain: they are left out and counted as ``unreadable``, and stop no other row.

        Raises StoreUnavailable when nothing was stored and the same load may be tried again. When only
        ``positions`` can tell whether it was stored, the engine calls the ``in_doubt`` it was made with,
        which ends the process.
        """

    def positions(self, site: Site) -> dict[str, int]:
        """segment -> offset, for every segment that ever held something of this site."""

    def batch_answer(self, site: Site, key: str) -> str | None:
        """The answer given to this idempotency key, or None."""

    def query(self, site: Site, sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Rows of one SELECT over this site alone; parameters are named ``$name`` in the SQL.

        Raises StoreUnavailable when the site cannot be read now or the question took too long.
        """

    def version(self, site: Site) -> int:
        """A number that is another after every change of the site's rows, and never comes back while the process lives:
        what was counted under it still holds under it."""

    def snapshot(self, site: Site, at_once: int = 1) -> AbstractContextManager[Read]:
        """One state of the site, however many statements are asked of it; whatever is loaded or sealed meanwhile is
        not seen. To be held for one page. ``at_once``: how many threads should not have to wait for each other.
        Raises StoreUnavailable as ``query`` does.
        """

    def days(self, site: Site) -> list[KeptDay]:
        """Every day that has rows, in order."""

    def rows(self, site: Site) -> dict[date, int]:
        """How many rows each day has; days without any are missing."""

    def months(self, site: Site) -> list[tuple[date, str]]:
        """Every closed month (its first day), and the digest of the section rules its roll-ups were made with."""

    def seal(self, site: Site, first: date, last: date, derived: Derived) -> None:
        """Closes these days: coarse times, shuffled order, marks and roll-ups. In one transaction, but for a single day that
        is too much for the memory: it is rewritten in parts before it is closed. May be repeated."""

    def roll_up(self, site: Site, first: date, last: date, derived: Derived) -> None:
        """Makes the roll-ups of these sealed days anew, in one transaction."""

    def close_month(self, site: Site, month: date, derived: Derived, *, ordered: bool = False) -> None:
        """Sums up a month (its first day) whose days are all sealed, and puts its rows in order. Answers and loads
        go on meanwhile. ``derived``: what its roll-ups hold beside the sum of its days'. ``ordered``: its rows are in
        order, because the whole month was just sealed at once."""

    def coarsen(self, site: Site, before: date, dimensions: Sequence[str]) -> None:
        """Deletes the roll-ups by day of these dimensions, of closed months before this day."""

    def correct(self, site: Site, changes: Sequence[Change], then: Callable[[], None] = lambda: None) -> None:
        """Makes the rows what they would be had exactly these corrections stood ever since, in one transaction: what is
        new is carried out, what is missing is undone. ``then`` is called when that is stored, before anything else is.

        The engine does the same by itself before each load, with the corrections that stand according to the
        ``Changes`` it was made with, and to the rows of the load.
        """

    def trial(self, site: Site) -> AbstractContextManager["Trial"]:
        """The site as it is, to be asked, then corrected and asked again; at the end all of it is forgotten. Loads wait
        meanwhile, questions do not. Raises StoreUnavailable."""

    def restore(self, site: Site, chosen: Chosen, at: datetime, then: Callable[[int], None] = lambda _: None) -> int:
        """Makes events of rows that were kept apart, in one transaction: corrections that stand are carried out on them, and
        the ledger's dropped are as many fewer. Returns how many; ``then`` is called with that when it is stored. ``at``
        (UTC without a zone) is the name of it. What was restored before is not there any more. Raises StoreUnavailable."""

    def withdraw(self, site: Site, at: datetime, then: Callable[[int], None] = lambda _: None) -> int:
        """The way back of what was restored ``at`` that moment; 0 when there is no such thing (any more)."""

    def seal_apart(self, site: Site, before: date) -> None:
        """Makes the times coarse of what is kept apart of the days before this one, as ``seal`` does. May be repeated."""

    def compact(self, site: Site) -> None:
        """Frees the disk of every byte that belongs to no row any more; answers go on meanwhile, loads wait. A crash at
        any moment leaves the data as they were. Raises StoreUnavailable; then nothing has changed."""

    def erased(self, site: Site) -> None:
        """What was deleted is gone from the file and from its backup: nothing is owed any more. Raises StoreUnavailable."""

    def holdings(self, site: Site, before: date | None = None, apart_before: date | None = None) -> Holdings:
        """What there is of the site; ``rows_before`` is 0 without a day, and so is ``apart_before``. Raises
        StoreUnavailable."""

    def retire(self, site: Site, retired: Retired) -> None:
        """Deletes what is too old, in one transaction. Later rows of days without rows are refused as ``too_old``."""

    def size(self, site: Site) -> int:
        """Bytes on disk, without backups."""

    def slack(self, site: Site) -> int:
        """How many of them hold nothing, and would be freed by ``compact``."""

    def backup(self, site: Site) -> dict[str, int]:
        """Makes a verified copy of the site's data, which is put in place of a broken file by itself; returns the
        ``positions`` in the copy. Raises StoreUnavailable; the copy before is then kept."""

    def parquet(self, columns: Mapping[str, Sequence[Any]]) -> bytes:
        """A Parquet file of these columns, which are equally long, in their order: each of texts, or of numbers, or of
        nothing. No site's rows are looked at. Raises StoreUnavailable."""

    def erase(self, site: Site) -> None:
        """Removes the site's data from the disk: its rows, backups, and what was set aside of it as damaged. From then on
        this site raises StoreUnavailable until the process ends. May be repeated; raises StoreUnavailable."""

    def release_memory(self, idle: float = 60.0) -> None:
        """Lets go of memory while all sites together hold more than the limit: that of sites which nobody asked or loaded
        for ``idle`` seconds, the longest unused first."""

    def close(self) -> None:
        """Writes out what is in memory and lets go of every file. May be called twice."""


InDoubt = Callable[[str], NoReturn]
"""Called with the problem when a commit failed half-way: it may or may not have happened, and the engine
can no longer be asked. Ends the process; trying again in memory would store twice what was stored."""


class Dialect(Protocol):
    """How an engine's SQL says the few things that engines say differently. Everything taken and returned is
    SQL; values are in it as parameters only."""

    def parameter(self, name: str) -> str:
        """The parameter ``name`` of a statement."""

    def unnested(self, lists: Mapping[str, str]) -> str:
        """A SELECT of one row per position of these equally long lists; column name -> list."""

    def one_of(self, value: str, values: str) -> str:
        """Whether ``value`` is in the list ``values``; NULL where it is NULL."""

    def among(self, value: str, table: str, column: str) -> str:
        """Whether ``value`` stands in this column of a table; neither is ever NULL."""

    def contains(self, value: str, part: str) -> str:
        """Whether ``part`` occurs in ``value``; both are text."""

    def matches(self, value: str, pattern: str) -> str:
        """Whether the RE2 ``pattern`` matches somewhere in ``value``."""

    def matches_whole(self, value: str, pattern: str) -> str:
        """Whether the RE2 ``pattern`` matches all of ``value``."""

    def pattern_problem(self, pattern: str) -> str | None:
        """What is wrong with an RE2 pattern, for the person who wrote it, or None."""

    def replaced(self, value: str, pattern: str, replacement: str) -> str:
        """``value`` with what the RE2 ``pattern`` matches first replaced; ``\\1`` to ``\\9`` are the pattern's groups."""

    def replacement_problem(self, pattern: str, replacement: str) -> str | None:
        """What is wrong with a replacement for this RE2 pattern, for the person who wrote it, or None."""

    def property(self, properties: str, name: str) -> str:
        """The value of this name in a map of text to text; NULL when there is none."""

    def names(self, properties: str) -> str:
        """A column of a SELECT that makes one row of each name in a map of text to text, and none of an empty one."""

    def looked_up(self, value: str, keys: str, values: str) -> str:
        """What stands in the list ``values`` where ``value`` stands in ``keys``; ``value`` when it does not."""

    def each(self, values: Sequence[str]) -> str:
        """A column of a SELECT that makes one row of each of these texts that is not NULL, and none without any."""

    def parts(self, text: str, mark: str) -> str:
        """A column of a SELECT that makes one row of each different part of ``text``, which has a ``mark`` before and behind
        each."""

    def chained(self, value: str) -> str:
        """Aggregate: the values one behind the other, in any order."""

    def joined(self, value: str, mark: str) -> str:
        """Aggregate: the different values in their order, with a ``mark`` between them."""

    def part(self, text: str, mark: str, number: str) -> str:
        """That one of the parts of ``text`` between ``mark``s; the first is number 1, and all of it when there is none."""

    def levels(self, section: str, depth: str) -> str:
        """The first ``depth`` levels of a section: names parted by ``/``, with or without one in front."""

    def first(self, value: str, order: str) -> str:
        """Aggregate: the value with the smallest ``order``."""

    def last(self, value: str, order: str) -> str:
        """Aggregate: the value with the greatest ``order``."""

    def stretch(self, time: str, start: str, length: str) -> str:
        """SQL: how many whole stretches of ``length`` (seconds) lie between the moments ``start`` and ``time``."""

    def latest_join(self, left: str, right: str, time: str, start: str) -> str:
        """FROM clause: each row of ``left`` with that row of ``right`` whose ``start`` is the latest not after ``time``."""

    def report(self, name: str) -> str:
        """The engine's fixed query of this name, from the .sql files beside it."""
