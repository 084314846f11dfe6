"""The ports of storage: what the rest of Footfall may ask of an engine, and nothing else.

Two kinds of engine are foreseen: DuckDB (the default, in ``store/duckdb``), and a database server for those who outgrow one
machine. ``tests/store/test_duckdb.py`` and ``tests/query`` are the specification of an engine.

Days are days of the site's zone; times are in UTC, without a zone.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Any, NoReturn, Protocol

from msgspec import Struct

from analytics.site import Site


class Position(Struct, frozen=True):
    """How far a segment of the spool has been stored: everything before byte ``offset``."""

    segment: str
    offset: int


class Batch(Struct, frozen=True):
    """An idempotency key that was used, and the answer that was given.

    ``key`` is a digest; the caller's own text is not kept.
    """

    key: str
    answer: str


class Load(Struct, frozen=True):
    """What one transaction stores for one site: rows, dropped events, idempotency keys, and how far the spool was read.

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
    """Day (ISO date) -> how many identifying parameters were left out of its events."""
    apart: Sequence[bytes] = ()
    """JSON objects with the fields of ``model.ApartRow``; each is also counted in ``dropped``."""


class Chosen(Struct, frozen=True, kw_only=True):
    """A selection of the rows that are kept apart. A field that is None does not limit it."""

    reason: str
    category: str | None = None
    who: str | None = None
    path: str | None = None
    first: date
    """The first day, in the site's zone; ``last`` is the last day, included."""
    last: date


class Change(Struct, frozen=True, kw_only=True):
    """A correction in the form in which an engine carries it out."""

    id: int
    condition: str
    """SQL over the unqualified column names of one event: whether the correction applies to it."""
    values: Mapping[str, str] = {}
    """Column -> SQL of its new value; empty: the event is removed."""
    parameters: Mapping[str, Any] = {}
    """The values of the parameters in ``condition`` and ``values``."""
    settled: bool = False
    """Whether it is final: nothing is kept for an undo."""


Changes = Callable[[str], Sequence[Change]]
"""The corrections that stand for the site of this id, in the order they were made."""


_DAY = slice(len('{"day":"'), len('{"day":"2026-01-31'))


def day_of(row: bytes) -> date:
    """The day of one of a load's rows. Reads only the first field, because the rest of the row may be damaged."""
    return date.fromisoformat(row[_DAY].decode())


class Statement(Struct, frozen=True):
    """One SQL statement, and the values of its parameters, which it names ``$name``."""

    sql: str
    parameters: Mapping[str, Any]
    looks_up: bool = False
    """Whether values are looked up in a table that it makes: the engine has to keep that in memory meanwhile."""


class Derived(Struct, frozen=True):
    """How the data derived from some days is computed, once their rows are marked."""

    zone: str
    """The time zone that the days are counted in."""
    rules: str
    """Digest of the section rules that the statements contain."""
    statements: Sequence[Statement]
    """Each fills roll-ups."""


class KeptDay(Struct, frozen=True):
    """A day that has events, and the state of what is derived from it."""

    day: date
    sealed: bool
    zone: str
    """The time zone that the day was sealed in; the site may have another one by now. Empty if its rows belong to days of
    several zones."""
    rules: str
    """Digest of the section rules that its roll-ups were made with."""
    fine: bool
    """Whether it has roll-ups of dimensions with many values."""
    crossing: bool = True
    """Whether it may contain part of a visit that crosses midnight; the day's roll-ups leave such visits out."""
    outside: bool = True
    """Whether it may contain part of a visit that the roll-ups of its month leave out as well."""
    sealed_at: datetime | None = None
    """When it was sealed, UTC without a zone; a new value after every change of its rows."""


class Retired(Struct, frozen=True):
    """What a site no longer keeps."""

    at: datetime
    """Now, UTC without a zone."""
    rows_before: date | None
    """Rows of days before this one are deleted; their totals stay. None: none."""
    totals_before: date | None
    """Totals of days before this one are deleted. None: none."""
    rest: Sequence[Statement] = ()
    """Run first. While the rows existed, the totals left out what could be read from them; these statements add it."""
    apart_before: date | None = None
    """Rows kept apart of days before this one are deleted. None: none."""


class Holdings(Struct, frozen=True):
    """What is stored of a site."""

    first_row: date | None
    """The first day that has rows."""
    rows_before: int
    """How many rows there are of days before the one asked about."""
    pruned_at: datetime | None
    """When the site was last pruned, UTC."""
    unerased: bool
    """Whether deleted data may still have left bytes in the file or in a backup."""
    apart_before: int = 0
    """How many rows are kept apart of days before the one asked about."""


Read = Callable[[Statement], list[tuple[Any, ...]]]
"""Answers one SELECT."""


class Trial(Protocol):
    """A site as it would be, for trying something out."""

    def read(self, statement: Statement) -> list[tuple[Any, ...]]:
        """Answers one SELECT; see ``Read``."""

    def correct(self, changes: Sequence[Change]) -> None:
        """Applies corrections as ``Store.correct`` does, but only within the trial."""


class Store(Protocol):
    """Stores the rows of all sites, each site's separately. Safe to use from several threads."""

    @property
    def rows_at_once(self) -> int:
        """How many rows one transaction can rewrite within the memory limit."""

    def load(self, site: Site, load: Load) -> Sequence[bytes]:
        """Stores all of ``load`` in one transaction. Returns the rows that the engine cannot store because of what they
        contain: they are left out and counted as ``unreadable``, and do not hold up the others.

        Raises StoreUnavailable if nothing was stored and the same load may be tried again. If only ``positions`` can tell
        whether it was stored, the engine calls the ``in_doubt`` function it was created with, which ends the process.
        """

    def positions(self, site: Site) -> dict[str, int]:
        """Segment -> stored offset, for every segment that ever held something of this site."""

    def batch_answer(self, site: Site, key: str) -> str | None:
        """The answer that was given to this idempotency key, or None if the key is unknown."""

    def query(self, site: Site, sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The rows that one SELECT returns over this site alone. Parameters are named ``$name`` in the SQL.

        Raises StoreUnavailable if the site cannot be read now or the query took too long.
        """

    def version(self, site: Site) -> int:
        """A number that changes with every change of the site's rows and is never reused while the process lives. A result
        computed under one version is valid as long as the version is the same."""

    def snapshot(self, site: Site, at_once: int = 1) -> AbstractContextManager[Read]:
        """A context in which every statement sees the same state of the site, whatever is loaded or sealed meanwhile. Hold
        it no longer than one page takes. ``at_once`` is how many threads may read at the same time without waiting for one
        another.

        Raises StoreUnavailable as ``query`` does.
        """

    def days(self, site: Site) -> list[KeptDay]:
        """Every day that has rows, in order."""

    def rows(self, site: Site) -> dict[date, int]:
        """Day -> number of rows; days without rows are missing."""

    def months(self, site: Site) -> list[tuple[date, str]]:
        """Every closed month, as its first day, with the digest of the section rules that its roll-ups were made with."""

    def seal(self, site: Site, first: date, last: date, derived: Derived) -> None:
        """Closes the days from ``first`` to ``last``: rounds their times, shuffles their order, and computes marks and
        roll-ups. All of it is one transaction, except for a single day that does not fit into memory: that is rewritten in
        parts before it is closed. May be repeated."""

    def roll_up(self, site: Site, first: date, last: date, derived: Derived) -> None:
        """Recomputes the roll-ups of these sealed days, in one transaction."""

    def close_month(self, site: Site, month: date, derived: Derived, *, ordered: bool = False) -> None:
        """Sums up a month, given as its first day, whose days are all sealed, and sorts its rows. Queries and loads
        continue meanwhile. ``derived`` computes what its roll-ups hold in addition to the sum of its days. ``ordered`` says
        that its rows are sorted already, because the whole month was just sealed in one go."""

    def coarsen(self, site: Site, before: date, dimensions: Sequence[str]) -> None:
        """Deletes the daily roll-ups of these dimensions in closed months before this day."""

    def scattered(self, site: Site) -> list[date]:
        """The closed months, as first days, whose rows are kept and were sealed when engagement events still lay on rows of
        their own: sealed again, they take half the space."""

    def unnumbered(self, site: Site, before: datetime) -> list[date]:
        """The closed months, as first days, whose visits may be numbered and are not: all days were sealed before this
        moment (UTC), so that nothing comes any more for one of their visits, and nothing of them is set aside or kept
        apart."""

    def number(self, site: Site, month: date) -> None:
        """Numbers the visits and visitors of such a month anew, in the order of its rows: random numbers take a fifth of a
        file. Queries and loads continue meanwhile."""

    def order_rollups(self, site: Site) -> bool:
        """Sorts the roll-ups of months that were closed since the last call, so that they are read and compressed best;
        returns whether there were any. Queries and loads continue meanwhile."""

    def correct(self, site: Site, changes: Sequence[Change], then: Callable[[], None] = lambda: None) -> None:
        """Makes the rows what they would be if exactly these corrections had always been in force, in one transaction: new
        ones are carried out, missing ones are undone. ``then`` is called after the commit, before anybody else can write.

        Before each load the engine does the same by itself, to the stored rows and to those of the load, with the
        corrections that the ``Changes`` function it was created with returns.
        """

    def trial(self, site: Site) -> AbstractContextManager["Trial"]:
        """A context in which the site can be queried, corrected and queried again; at its end everything is rolled back.
        Loads wait meanwhile, queries do not. Raises StoreUnavailable."""

    def restore(self, site: Site, chosen: Chosen, at: datetime, then: Callable[[int], None] = lambda _: None) -> int:
        """Turns chosen rows that were kept apart into events, in one transaction: corrections are applied to them, and the
        ledger's dropped count goes down accordingly. Returns how many there were, and passes the number to ``then`` after
        the commit. ``at`` (UTC without a zone) identifies the restore. Rows that were restored already are no longer among
        those kept apart. Raises StoreUnavailable."""

    def withdraw(self, site: Site, at: datetime, then: Callable[[int], None] = lambda _: None) -> int:
        """Undoes the restore made at ``at``; returns how many rows were put back, 0 if there is no such restore (any more).
        ``then`` as in ``restore``."""

    def seal_apart(self, site: Site, before: date) -> None:
        """Rounds the times of rows kept apart of days before this one, as ``seal`` does. May be repeated."""

    def compact(self, site: Site) -> None:
        """Frees all disk space that belongs to no row. Queries continue meanwhile, loads wait. A crash at any moment leaves
        the data as they were. Raises StoreUnavailable; nothing has changed then."""

    def erased(self, site: Site) -> None:
        """Notes that deleted data is gone from the file and from its backup, so nothing remains to be erased. Raises
        StoreUnavailable."""

    def holdings(self, site: Site, before: date | None = None, apart_before: date | None = None) -> Holdings:
        """What is stored of the site. ``rows_before`` of the result counts days before ``before``, ``apart_before`` those
        before the day of that name; each is 0 if its day is None. Raises StoreUnavailable."""

    def retire(self, site: Site, retired: Retired) -> None:
        """Deletes what is too old, in one transaction. Rows that arrive later for deleted days are refused as
        ``too_old``."""

    def size(self, site: Site) -> int:
        """The site's size on disk in bytes, without backups."""

    def slack(self, site: Site) -> int:
        """How many of those bytes hold nothing; ``compact`` would free them."""

    def backup(self, site: Site) -> dict[str, int]:
        """Makes a verified copy of the site's data, which replaces a broken file automatically; returns the ``positions``
        in the copy. Raises StoreUnavailable; the previous copy is then kept."""

    def parquet(self, columns: Mapping[str, Sequence[Any]]) -> bytes:
        """A Parquet file with these columns in this order. All columns have the same length; each holds only text, only
        numbers, or only None. Reads no site's rows. Raises StoreUnavailable."""

    def erase(self, site: Site) -> None:
        """Deletes the site's data from the disk: its rows, its backups, and damaged files that were set aside. From then on
        every use of this site raises StoreUnavailable until the process ends. May be repeated. Raises StoreUnavailable if a
        file cannot be deleted."""

    def release_memory(self, idle: float = 60.0) -> None:
        """Frees memory while all sites together use more than the limit: that of sites that were neither queried nor loaded
        for ``idle`` seconds, the longest unused first."""

    def close(self) -> None:
        """Writes out what is in memory and closes every file. May be called twice."""


InDoubt = Callable[[str], NoReturn]
"""Called with a description when a commit failed half-way: it may or may not have happened, and the engine can no longer
tell. Ends the process; a retry in memory could store the same rows twice."""


class Dialect(Protocol):
    """How an engine's SQL expresses the few things in which engines differ. Arguments and results are SQL; values appear in
    it only as parameters."""

    def parameter(self, name: str) -> str:
        """The parameter called ``name``."""

    def unnested(self, lists: Mapping[str, str]) -> str:
        """A SELECT with one row per position of these equally long lists, which are given by column name."""

    def one_of(self, value: str, values: str) -> str:
        """Whether ``value`` is in the list ``values``; NULL if ``value`` is NULL."""

    def among(self, value: str, table: str, column: str) -> str:
        """Whether ``value`` is in this column of a table; neither is ever NULL."""

    def contains(self, value: str, part: str) -> str:
        """Whether ``part`` occurs in ``value``; both are text."""

    def matches(self, value: str, pattern: str) -> str:
        """Whether the RE2 ``pattern`` matches somewhere in ``value``."""

    def matches_whole(self, value: str, pattern: str) -> str:
        """Whether the RE2 ``pattern`` matches all of ``value``."""

    def pattern_problem(self, pattern: str) -> str | None:
        """What is wrong with an RE2 pattern, worded for the person who wrote it; None if it is valid."""

    def replaced(self, value: str, pattern: str, replacement: str) -> str:
        r"""``value`` with the first match of the RE2 ``pattern`` replaced; ``\1`` to ``\9`` are the pattern's groups."""

    def replacement_problem(self, pattern: str, replacement: str) -> str | None:
        """What is wrong with a replacement for this RE2 pattern, worded for the person who wrote it; None if it is valid."""

    def property(self, properties: str, name: str) -> str:
        """The value of this key in a map of text to text; NULL if it has no such key."""

    def names(self, properties: str) -> str:
        """A column of a SELECT that yields one row per key of a map of text to text, and none for an empty map."""

    def looked_up(self, value: str, keys: str, values: str) -> str:
        """The element of the list ``values`` at the position of ``value`` in ``keys``; ``value`` itself if it is not among
        them."""

    def each(self, values: Sequence[str]) -> str:
        """A column of a SELECT that yields one row for each of these texts that is not NULL, and none if all are."""

    def parts(self, text: str, mark: str) -> str:
        """A column of a SELECT that yields one row for each distinct part of ``text``, which has a ``mark`` before and
        after every part."""

    def chained(self, value: str) -> str:
        """Aggregate: the values concatenated, in any order."""

    def joined(self, value: str, mark: str) -> str:
        """Aggregate: the distinct values in order, separated by ``mark``."""

    def part(self, text: str, mark: str, number: str) -> str:
        """One of the parts of ``text`` that ``mark`` separates, counted from 1; the whole text if it has no mark."""

    def levels(self, section: str, depth: str) -> str:
        """The first ``depth`` levels of a section: names separated by ``/``, with or without a leading one."""

    def first(self, value: str, order: str) -> str:
        """Aggregate: the value with the smallest ``order``."""

    def last(self, value: str, order: str) -> str:
        """Aggregate: the value with the greatest ``order``."""

    def stretch(self, time: str, start: str, length: str) -> str:
        """How many whole stretches of ``length`` seconds lie between the moments ``start`` and ``time``."""

    def latest_join(self, left: str, right: str, time: str, start: str) -> str:
        """A FROM clause that joins each row of ``left`` with the row of ``right`` whose ``start`` is the latest one not
        after ``time``."""

    def report(self, name: str) -> str:
        """The engine's fixed query of this name, from the .sql files beside it."""
