"""D22, D23: what a correction may say, what is refused and where, and which rows it means."""

from datetime import date, datetime
from typing import Any

import duckdb
import pytest

from analytics.errors import QueryError
from analytics.query import corrections
from analytics.site import Correction
from analytics.store.duckdb.dialect import DuckDBDialect

DIALECT = DuckDBDialect()
USERS: dict[str, Any] = {"kind": "rename", "pattern": r"/user/(\d+)", "replacement": "/user/:id"}
ROWS = (
    "SELECT DATE '2026-06-01' AS day, TIMESTAMP '2026-06-01 12:00:00' AS time, 'pageview' AS name, 'shop.example' AS hostname, "
    "path, '' AS source, 'DE' AS country, MAP {'plan': 'pro'} AS props FROM (SELECT unnest($paths) AS path)"
)


def made(**fields: Any) -> Correction:
    return corrections.checked(Correction(**fields), DIALECT)


def refusal(**fields: Any) -> str:
    with pytest.raises(QueryError) as refused:
        made(**fields)
    return str(refused.value)


def meant(*paths: str, **fields: Any) -> list[str]:
    """The pages that a correction means, of rows of a Monday in June."""
    change = corrections.change(made(**fields), DIALECT)
    parameters = {**change.parameters, "paths": list(paths)}
    found = duckdb.execute(f"SELECT path FROM ({ROWS}) WHERE {change.condition} ORDER BY path", parameters).fetchall()
    return [path for (path,) in found]


def renamed(path: str, **fields: Any) -> str:
    change = corrections.change(made(**{**USERS, **fields}), DIALECT)
    column = change.values["path"]
    sql = f"SELECT CASE WHEN {change.condition} THEN {column} ELSE path END FROM ({ROWS})"
    ((found,),) = duckdb.execute(sql, {**change.parameters, "paths": [path]}).fetchall()
    return str(found)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        pytest.param([["is", "event:page", ["/a"]]], ["/a"], id="page"),
        pytest.param([["matches", "event:page", ["^/[ab]"]], ["is_not", "event:page", ["/a"]]], ["/b"], id="all have to hold"),
        pytest.param([["or", [["is", "event:page", ["/a"]], ["contains", "event:page", ["b"]]]]], ["/a", "/b"], id="or"),
        pytest.param([["not", ["is", "event:page", ["/a"]]]], ["/", "/b"], id="not"),
        pytest.param([["is", "event:props:plan", ["pro"]], ["is", "visit:country", ["DE"]]], ["/", "/a", "/b"], id="visit"),
        pytest.param([["is", "visit:source", ["Direct / None"]], ["is", "event:page", ["/"]]], ["/"], id="as people see it"),
        pytest.param([["is", "event:name", ["Signup"]]], [], id="none"),
    ],
)
def test_d23_any_filter_that_is_decided_on_the_event_itself(filters: list[Any], found: list[str]) -> None:
    assert meant("/", "/a", "/b", kind="ignore", filters=filters) == found


@pytest.mark.parametrize(
    ("days", "found"),
    [
        ({"first_day": date(2026, 6, 1), "last_day": date(2026, 6, 1)}, ["/a"]),
        ({"first_day": date(2026, 6, 2)}, []),
        ({"last_day": date(2026, 5, 31)}, []),
        ({"until": int(datetime.fromisoformat("2026-06-01T12:15+00:00").timestamp())}, ["/a"]),
        ({"until": int(datetime.fromisoformat("2026-06-01T12:00+00:00").timestamp())}, []),
    ],
)
def test_days_are_the_sites_and_the_end_is_a_moment(days: dict[str, Any], found: list[str]) -> None:
    assert meant("/a", kind="ignore", filters=[["is", "event:page", ["/a"]]], **days) == found


def test_a_burst_can_be_deleted_by_its_days_alone() -> None:
    day = date(2026, 6, 1)
    assert meant("/a", "/b", kind="delete", first_day=day, last_day=day) == ["/a", "/b"]


@pytest.mark.parametrize(
    ("path", "becomes"),
    [
        ("/user/12", "/user/:id"),
        ("/user/12/orders", "/user/12/orders"),
        ("/en/user/12", "/en/user/12"),
        ("/user/me", "/user/me"),
        ("/user/:id", "/user/:id"),
    ],
)
def test_d22_a_pattern_has_to_match_the_whole_path(path: str, becomes: str) -> None:
    assert renamed(path) == becomes


def test_groups_of_the_pattern_can_be_used() -> None:
    assert renamed("/blog/2024/05/post", pattern=r"/blog/(\d+)/\d+/(.*)", replacement=r"/blog/\1/\2") == "/blog/2024/post"


def test_a_rename_means_only_what_it_changes() -> None:
    """A row that stays as it is, or would have no page at all, is not touched."""
    same: dict[str, Any] = {"kind": "rename", "pattern": "(.*)", "replacement": r"\1"}
    assert meant("/a", "/b", **same) == []


def test_hosts_are_merged_alike() -> None:
    change = corrections.change(
        made(kind="rename", dimension="event:hostname", pattern=r"(www|m)\.shop\.example", replacement="shop.example"), DIALECT
    )
    assert list(change.values) == ["hostname"]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"kind": "ignore"}, "#/filters: Say which events you mean with at least one filter"),
        ({"kind": "delete", "first_day": date(2026, 6, 1)}, "#/filters: Say which events you mean with at least one filter"),
        (
            {"kind": "ignore", "filters": [["is", "event:page", ["/"]], ["is", "visit:entry_page", ["/a"]]]},
            '#/filters/1/1: "visit:entry_page" cannot be used in a correction: it is not an attribute of a single event',
        ),
        (
            {"kind": "ignore", "filters": [["not", ["is", "event:section", ["/a"]]]]},
            '#/filters/0/1/1: "event:section" cannot be used in a correction: its meaning may change; use event:page or event:name',
        ),
        (
            {"kind": "ignore", "filters": [["not", ["has_done", ["is", "event:page", ["/a"]]]]]},
            "#/filters/0/1: Cannot be used in a correction: it is not an attribute of a single event",
        ),
        (
            {"kind": "ignore", "filters": [["is", "segment", [1]]]},
            "#/filters/0: Cannot be used in a correction: it is not an attribute of a single event",
        ),
        (
            {"kind": "ignore", "filters": [["is", "event:goal", ["Signup"]]]},
            '#/filters/0/1: "event:goal" cannot be used in a correction: its meaning may change; use event:page or event:name',
        ),
        ({"kind": "ignore", "filters": [["is", "event:pag", ["/"]]]}, '#/filters/0/1: Invalid dimension "event:pag"'),
        (
            {"kind": "ignore", "filters": [["matches", "event:page", ["("]]]},
            '#/filters/0/2/0: Invalid pattern "(": missing ): (',
        ),
        (
            {"kind": "ignore", "filters": [["is", "event:page", ["/"]]], "first_day": date(2026, 6, 2), "last_day": date(2026, 6, 1)},
            "#/last_day: 2026-06-01 is before 2026-06-02",
        ),
        ({**USERS, "pattern": "("}, '#/pattern: Invalid pattern "(": missing ): ('),
        ({**USERS, "pattern": ""}, "#/pattern: Expected text of 1 to 500 visible characters"),
        ({**USERS, "pattern": "a" * 501}, "#/pattern: Expected text of 1 to 500 visible characters"),
        ({**USERS, "replacement": "user"}, '#/replacement: "user" is not a path; it begins with /'),
        ({**USERS, "replacement": r"/user/\2"}, r"#/replacement: \1 to \9 insert what the pattern's groups matched; the pattern has no such group"),
    ],
)
def test_what_cannot_be_carried_out_is_refused_with_its_place(fields: dict[str, Any], told: str) -> None:
    assert refusal(**fields) == told


def test_the_end_of_what_is_there_is_the_end_of_the_quarter_of_an_hour() -> None:
    """A sealed day knows no less; so what a deletion means does not change when the day is sealed."""
    assert corrections.ends_at(1_790_000_000.5) == 1_790_000_100
    assert corrections.ends_at(1_790_000_100.0) == 1_790_000_100


def test_a_correction_is_described_in_words() -> None:
    pages = [["is", "event:page", ["/a", "/b"]]]
    assert corrections.described(Correction(kind="ignore", filters=pages)) == "ignore Page is /a or /b"
    assert corrections.described(Correction(**USERS)) == r"rename /user/(\d+) to /user/:id"
    burst = Correction(kind="delete", first_day=date(2026, 6, 1), last_day=date(2026, 6, 2))
    assert corrections.described(burst) == "delete from 2026-06-01, to 2026-06-02"
