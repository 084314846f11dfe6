"""The form of an answer: rows and their order, pages, what stands beside them; and the two other things one can ask."""

from datetime import date
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from tests.query.rows import Asked, MemoryStore, row, visit


@pytest.fixture
def asked(store: MemoryStore) -> Asked:
    """Three visitors of /a, two of /b, two of /c, one of /d."""
    store.hold([
        row("2026-11-18 10:00", path=path, visitor=number, visit=number)
        for path, people in (("/c", 2), ("/a", 3), ("/d", 1), ("/b", 2))
        for number in range(1, people + 1)
    ])
    return Asked(store)


def pages(asked: Asked, **more: Any) -> list[str]:
    return [each["dimensions"][0] for each in asked.ask(["visitors"], dimensions=["event:page"], **more).results]


def test_the_answer_is_results_meta_and_query_in_this_order(asked: Asked) -> None:
    answer = asked.ask(
        ["visitors"], "7d", dimensions=["visit:source"], filters=[["is", "event:page", ["/a"], {"case_sensitive": False}]],
        include={"total_rows": True},
    )  # fmt: skip
    assert list(msgspec.json.decode(answer.as_json())) == ["results", "meta", "query"]
    assert answer.query == {
        "site_id": "shop.example",
        "metrics": ["visitors"],
        "date_range": ["2026-11-11T00:00:00+00:00", "2026-11-17T23:59:59+00:00"],
        "filters": [["is", "event:page", ["/a"], {"case_sensitive": False}]],
        "dimensions": ["visit:source"],
        "order_by": [["visitors", "desc"]],
        "include": {"total_rows": True},
        "pagination": {"limit": 10000, "offset": 0},
    }
    assert (answer.results, answer.meta) == ([], {"total_rows": 0})


def test_rows_come_by_the_first_metric_and_equal_rows_by_name(asked: Asked) -> None:
    assert pages(asked) == ["/a", "/b", "/c", "/d"]
    assert pages(asked, order_by=[["visitors", "asc"]]) == ["/d", "/b", "/c", "/a"]
    assert pages(asked, order_by=[["event:page", "desc"]]) == ["/d", "/c", "/b", "/a"]


def test_the_order_is_told_where_none_was_asked_for(asked: Asked, store: MemoryStore) -> None:
    """Time as it passes, then the first metric, the most first; of a total, too, as Plausible's clients expect it."""
    assert asked.ask(["visits", "visitors"]).query["order_by"] == [["visits", "desc"]]
    store.hold([row("2026-11-16 10:00", path="/z", visit=7), row("2026-11-16 11:00", path="/z", visit=8), row("2026-11-16 12:00", path="/y", visit=9)])
    found = Asked(store).ask(["visits"], "7d", dimensions=["event:page", "time:day"])
    assert found.query["order_by"] == [["time:day", "asc"], ["visits", "desc"]]
    assert [each["dimensions"][0] for each in found.results if each["dimensions"][1] == "2026-11-16"] == ["/z", "/y"]


def test_pages_do_not_overlap(asked: Asked) -> None:
    found = [pages(asked, pagination={"limit": 1, "offset": offset}) for offset in range(5)]
    assert found == [["/a"], ["/b"], ["/c"], ["/d"], []]


def test_the_rows_of_all_pages_can_be_counted(asked: Asked) -> None:
    more = {"dimensions": ["event:page"], "include": {"total_rows": True}}
    assert asked.ask(["visitors"], pagination={"limit": 1, "offset": 9}, **more).meta == {"total_rows": 4}
    assert asked.ask(["visitors"], include={"total_rows": True}).meta == {"total_rows": 1}


def test_empty_buckets_are_left_out_and_listed(store: MemoryStore) -> None:
    store.hold([row("2026-11-15 10:00"), row("2026-11-17 10:00")])
    answer = Asked(store).ask(["visitors"], "3d", dimensions=["time"], include={"time_labels": True})
    assert [each["dimensions"] for each in answer.results] == [["2026-11-15"], ["2026-11-17"]]
    assert answer.meta == {"time_labels": ["2026-11-15", "2026-11-16", "2026-11-17"]}
    assert answer.query["dimensions"] == ["time:day"]
    assert answer.query["order_by"] == [["time:day", "asc"], ["visitors", "desc"]]


def test_the_last_bucket_may_be_longer_than_those_before_it(store: MemoryStore) -> None:
    """The 31st of October counts, where October comes after September alone."""
    store.hold([row("2026-09-10 12:00", visit=1), row("2026-10-31 12:00", visit=2, visitor=2)])
    months = Asked(store).table(["visits"], ["2026-09-01", "2026-10-31"], dimensions=["time:month"])
    assert months == {("2026-09-01",): [1], ("2026-10-01",): [1]}


def test_time_can_be_ordered_by_its_short_name(store: MemoryStore) -> None:
    store.hold([row("2026-11-15 10:00"), row("2026-11-17 10:00")])
    answer = Asked(store).ask(["visitors"], "3d", dimensions=["time"], order_by=[["time", "desc"]])
    assert [each["dimensions"] for each in answer.results] == [["2026-11-17"], ["2026-11-15"]]


def test_hours_of_the_week_come_in_the_order_of_the_week(store: MemoryStore) -> None:
    store.hold([row("2026-11-15 10:00"), row("2026-11-16 10:00"), row("2026-11-09 10:30")])
    found = Asked(store).table(["pageviews"], "28d", dimensions=["time:hour_of_week"])
    assert list(found.items()) == [(("Mon 10:00",), [2]), (("Sun 10:00",), [1])]


def test_d39_weeks_are_those_of_the_site(store: MemoryStore) -> None:
    """Sunday, 15 November, begins a week in the United States and ends one in Europe."""
    store.hold([row("2026-11-14 10:00"), row("2026-11-15 10:00"), row("2026-11-16 10:00")])
    asked = Asked(store)
    weeks = [asked.table(["pageviews"], ["2026-11-01", "2026-11-17"], dimensions=["time:week"])]
    asked.site = replace(asked.site, settings=replace(asked.site.settings, week_start="sunday"))
    weeks.append(asked.table(["pageviews"], ["2026-11-01", "2026-11-17"], dimensions=["time:week"]))
    assert weeks == [{("2026-11-09",): [2], ("2026-11-16",): [1]}, {("2026-11-08",): [1], ("2026-11-15",): [2]}]


def test_rates_that_do_not_exist_come_last(store: MemoryStore) -> None:
    store.hold(visit(1, ("2026-11-18 10:00", {"path": "/a"}), ("2026-11-18 10:01", {"path": "/b"})))
    for direction in ("asc", "desc"):
        answer = Asked(store).ask(["bounce_rate"], dimensions=["event:page"], order_by=[["bounce_rate", direction]])
        assert [each["dimensions"] for each in answer.results] == [["/a"], ["/b"]]


def test_what_waits_is_loaded_before_the_question_is_asked(asked: Asked) -> None:
    asked.ask(["visitors"])
    assert asked.fresh == [asked.site]


def test_current_visitors_are_those_of_five_minutes(store: MemoryStore) -> None:
    store.hold([
        row("2026-11-18 11:54:59", visitor=1, visit=1),
        row("2026-11-18 11:55:00", visitor=2, visit=2),
        row("2026-11-18 11:59:00", visitor=3, visit=3),
        row("2026-11-18 11:59:30", visitor=3, visit=4, seq=2),
    ])
    asked = Asked(store, now="2026-11-18 12:00")
    assert asked.answers.current_visitors(asked.site) == 2


def test_a_visitor_is_not_doubled_at_midnight(store: MemoryStore) -> None:
    """T15: around midnight one visit carries two visitor numbers."""
    store.hold(visit(1, ("2026-11-17 23:58", {}), ("2026-11-18 00:01", {})))
    asked = Asked(store, now="2026-11-18 00:02")
    assert asked.answers.current_visitors(asked.site) == 1


def test_the_ledger_accounts_for_everything_received(store: MemoryStore) -> None:
    """received = counted + dropped, by reason, quiet days too."""
    store.hold([row("2026-11-16 10:00"), row("2026-11-16 10:01", name="engagement"), row("2026-11-18 10:00")])
    for events in (3, 4):
        store.drop(date(2026, 11, 16), "bot", events)
    store.drop(date(2026, 11, 16), "hostname", 1)
    store.drop(date(2026, 11, 15), "bot", 9)
    for day, parameters in ((15, 9), (16, 2), (16, 3)):
        store.leave_out(date(2026, 11, day), parameters)
    asked = Asked(store)
    ledger = asked.answers.ledger(asked.site, date(2026, 11, 16), date(2026, 11, 18))
    assert [(each.day.day, each.counted, each.dropped, each.received) for each in ledger] == [
        (16, 2, {"bot": 7, "hostname": 1}, 10),
        (17, 0, {}, 0),
        (18, 1, {}, 1),
    ]
    assert [each.left_out for each in ledger] == [5, 0, 0]
