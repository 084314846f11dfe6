"""DuckDB's way of saying what engines say differently (``Dialect`` in store/base.py)."""

from collections.abc import Mapping, Sequence
from functools import cache
from threading import Lock

import duckdb

from analytics.store.duckdb.statements import script

_trying = Lock()


@cache
def _scratch() -> duckdb.DuckDBPyConnection:
    """An empty database in memory for testing patterns. Opened when first needed, so never before a fork."""
    return duckdb.connect(":memory:", config={"enable_external_access": "false", "python_enable_replacements": "false"})


@cache
def _report(name: str) -> str:
    """Read once: every question asks for some."""
    return script(f"reports/{name}")


def _problem(sql: str, **parameters: str) -> str | None:
    """What the engine objects to in a statement that reads nothing."""
    try:
        with _trying:
            _scratch().execute(sql, parameters).fetchall()
    except duckdb.Error as error:
        return str(error).partition(":")[2].strip() or str(error)
    return None


class DuckDBDialect:
    """``Dialect`` for DuckDB 2."""

    def parameter(self, name: str) -> str:
        """See Dialect."""
        return f"${name}"

    def unnested(self, lists: Mapping[str, str]) -> str:
        """See Dialect."""
        return "SELECT " + ", ".join(f"unnest({values}) AS {name}" for name, values in lists.items())

    def one_of(self, value: str, values: str) -> str:
        """See Dialect. A set lookup, where ``list_contains`` would walk 10,000 values for every row."""
        return f"{value} IN (SELECT unnest({values}))"

    def among(self, value: str, table: str, column: str) -> str:
        """See Dialect."""
        return f"{value} IN (FROM {table} SELECT {column})"

    def contains(self, value: str, part: str) -> str:
        """See Dialect."""
        return f"contains({value}, {part})"

    def matches(self, value: str, pattern: str) -> str:
        """See Dialect."""
        return f"regexp_matches({value}, {pattern})"

    def matches_whole(self, value: str, pattern: str) -> str:
        """See Dialect."""
        return f"regexp_full_match({value}, {pattern})"

    def pattern_problem(self, pattern: str) -> str | None:
        """See Dialect."""
        return _problem("SELECT regexp_matches('', $pattern)", pattern=pattern)

    def replaced(self, value: str, pattern: str, replacement: str) -> str:
        """See Dialect."""
        return f"regexp_replace({value}, {pattern}, {replacement})"

    def replacement_problem(self, pattern: str, replacement: str) -> str | None:
        """See Dialect."""
        return _problem("SELECT regexp_replace('', $pattern, $to)", pattern=pattern, to=replacement)

    def property(self, properties: str, name: str) -> str:
        """See Dialect."""
        return f"map_extract_value({properties}, {name})"

    def names(self, properties: str) -> str:
        """See Dialect."""
        return f"unnest(map_keys({properties}))"

    def looked_up(self, value: str, keys: str, values: str) -> str:
        """See Dialect."""
        return f"coalesce(list_extract({values}, list_position({keys}, {value})), {value})"

    def each(self, values: Sequence[str]) -> str:
        """See Dialect."""
        return f"unnest(list_filter([{', '.join(values)}]::VARCHAR[], lambda value: value IS NOT NULL))"

    def parts(self, text: str, mark: str) -> str:
        """See Dialect."""
        return f"unnest(list_distinct(string_split(trim(replace({text}, {mark} || {mark}, {mark}), {mark}), {mark})))"

    def chained(self, value: str) -> str:
        """See Dialect."""
        return f"string_agg({value}, '')"

    def joined(self, value: str, mark: str) -> str:
        """See Dialect."""
        return f"string_agg(DISTINCT {value}, {mark} ORDER BY {value})"

    def part(self, text: str, mark: str, number: str) -> str:
        """See Dialect."""
        return f"split_part({text}, {mark}, {number})"

    def levels(self, section: str, depth: str) -> str:
        """See Dialect. A section with a slash in front has an empty first part, which is no level."""
        parts = f"{depth} + CAST(starts_with({section}, '/') AS INTEGER)"
        return f"array_to_string(string_split({section}, '/')[1:{parts}], '/')"

    def first(self, value: str, order: str) -> str:
        """See Dialect."""
        return f"arg_min({value}, {order})"

    def last(self, value: str, order: str) -> str:
        """See Dialect."""
        return f"arg_max({value}, {order})"

    def stretch(self, time: str, start: str, length: str) -> str:
        """See Dialect."""
        return f"(epoch_us({time}) - epoch_us({start})) // (CAST({length} AS BIGINT) * 1000000)"

    def latest_join(self, left: str, right: str, time: str, start: str) -> str:
        """See Dialect."""
        return f"{left} ASOF JOIN {right} ON {time} >= {start}"

    def report(self, name: str) -> str:
        """See Dialect."""
        return _report(name)
