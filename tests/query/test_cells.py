"""Small cells: who may be told apart, what a folded answer says, and that nothing is lost in it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import chain, combinations, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.query.cells import Audience, Cell, apart, crossed, folding, shown
from analytics.query.query import parse
from analytics.site import Goal
from tests.query.rows import Asked, Made, MemoryStore, row, visit

FEW = "(fewer than 5)"

# --- which values are told apart -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "apart"),
    [
        ({"DE": 5, "FR": 6}, {"DE", "FR"}),
        ({"DE": 9, "FR": 6, "NP": 3, "PE": 2}, {"DE", "FR"}),
        ({"DE": 9, "FR": 6, "NP": 4}, {"DE"}),  # one value alone would be known by subtraction: the next goes with it
        ({"DE": 9, "FR": 6, "NP": 2, "PE": 2}, {"DE"}),  # two are not told apart, but they are four people
        ({"DE": 9, "NP": 4}, set()),
        ({"NP": 4, "PE": 4, "DE": 5}, {"DE"}),
        ({}, set()),
    ],
)
def test_values_with_k_visitors_are_told_apart(table: dict[str, int], apart: set[str]) -> None:
    assert shown({(value,): visitors for value, visitors in table.items()}, 5, [0]) == {(value,) for value in apart}


def test_a_crossing_is_protected_in_both_directions() -> None:
    """What one table hides, a table of the other attribute must not show."""
    table = {
        ("DE", "Chrome"): 9, ("DE", "Firefox"): 8, ("DE", "Opera"): 2,
        ("FR", "Chrome"): 9, ("FR", "Firefox"): 7, ("FR", "Opera"): 6,
        ("IT", "Chrome"): 9, ("IT", "Firefox"): 9, ("IT", "Opera"): 9,
    }  # fmt: skip
    hidden = set(table) - shown(table, 5, [0, 1])
    assert hidden == {("DE", "Opera"), ("DE", "Firefox"), ("FR", "Opera"), ("FR", "Firefox")}


def subsets(values: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return chain.from_iterable(combinations(values, size) for size in range(1, len(values) + 1))


def groups_behind_rows(table: Mapping[Cell, int], axis: int, k: int) -> Iterator[frozenset[Cell]]:
    """The crossings behind every row of every answer: any filter on the attribute ``axis``, by the other, or by none."""
    first, second = ({cell[one] for cell in table} for one in (0, 1))
    everything = list(product(sorted(first), sorted(second)))
    values = [apart(_sums(table, one), k, FEW) for one in (0, 1)]
    crossings = shown(crossed(table.items(), values), k, [0, 1])
    coded = {cell: tuple(part if part in some.known else some.rest for part, some in zip(cell, values, strict=True)) for cell in everything}
    for value in values[axis].known:
        yield frozenset(cell for cell in everything if cell[axis] == value)
    yield frozenset(cell for cell in everything if cell[axis] not in values[axis].known)
    for some in subsets([*values[axis].known, values[axis].rest]):
        left = [cell for cell in everything if coded[cell][axis] in some]
        yield frozenset(left)
        rows: dict[str, set[Cell]] = {}
        for cell in left:
            known = coded[cell] in crossings and cell[1 - axis] in values[1 - axis].known
            rows.setdefault(cell[1 - axis] if known else FEW, set()).add(cell)
        yield from map(frozenset, rows.values())


def _sums(table: Mapping[Cell, int], axis: int) -> dict[Cell, int]:
    found: dict[Cell, int] = {}
    for cell, visitors in table.items():
        found[cell[axis],] = found.get((cell[axis],), 0) + visitors
    return found


CROSSED = st.dictionaries(
    st.tuples(st.sampled_from("ABCD"), st.sampled_from("KLMN")), st.integers(1, 12), min_size=1, max_size=16
)


@settings(max_examples=300, deadline=None)
@given(table=CROSSED, k=st.integers(2, 6))
def test_no_two_answers_about_two_attributes_differ_by_fewer_than_k(table: dict[Cell, int], k: int) -> None:
    """Any filter on either, by the other, by none: also where crossings are empty, which nobody can tell from small."""
    found = {cells for axis in (0, 1) for cells in groups_behind_rows(table, axis, k)}
    counts = {cells: sum(table.get(cell, 0) for cell in cells) for cells in found}
    everybody = sum(table.values())
    for one, other in product(found, {*found, frozenset()}):
        if other < one:
            assert counts[one] - counts.get(other, 0) not in range(1, min(k, everybody)), (sorted(one), sorted(other))


# --- what is folded for whom -----------------------------------------------------------------------------

FINE = ["visit:region", "visit:city", "visit:browser_version", "visit:os_version", "visit:language", "visit:screen"]
COARSE = ["visit:country", "visit:country_name", "visit:device", "visit:browser", "visit:os"]
CONTENT = ["event:page", "event:section", "event:name", "visit:source", "visit:utm_campaign", "visit:entry_page"]
PAGE = ["is", "event:page", ["/"]]
COUNTRY = ["is", "visit:country", ["DE"]]


def is_folded(audience: Audience, dimensions: Sequence[str], filters: Sequence[Any] = (), small_cells: int = 5) -> bool:
    question = {"metrics": ["visitors"], "date_range": "day", "dimensions": list(dimensions), "filters": list(filters)}
    found = folding(parse(question), audience, small_cells)
    return found is not None and found.of_rows


@pytest.mark.parametrize("name", FINE)
def test_fine_attributes_of_the_person_are_folded_always(name: str) -> None:
    assert is_folded(Audience.SIGNED_IN, [name])
    assert is_folded(Audience.PUBLIC, [name])


@pytest.mark.parametrize("name", COARSE)
def test_coarse_attributes_are_folded_as_soon_as_anything_narrows_the_question(name: str) -> None:
    """A second attribute or a page beside it narrows like a filter does; time does not: a day can be asked for."""
    assert not is_folded(Audience.SIGNED_IN, [name])
    assert not is_folded(Audience.SIGNED_IN, [name, "time:day"])
    for more in ([name, "event:page"], [name, "visit:language"], [name, "visit:device" if name != "visit:device" else "visit:os"]):
        assert is_folded(Audience.SIGNED_IN, more)
    assert is_folded(Audience.SIGNED_IN, [name], [PAGE])
    assert is_folded(Audience.SIGNED_IN, [name], [["has_done", PAGE]])
    assert is_folded(Audience.PUBLIC, [name])


@pytest.mark.parametrize("name", CONTENT)
def test_content_is_folded_on_public_views_under_a_filter_on_the_person_and_else_never(name: str) -> None:
    for filters in ([], [PAGE], [COUNTRY], [PAGE, COUNTRY]):
        assert not is_folded(Audience.SIGNED_IN, [name], filters)
        assert is_folded(Audience.PUBLIC, [name], filters) == (COUNTRY in filters)


def test_k_is_the_sites_setting_and_public_views_have_ten_at_least() -> None:
    question = parse({"metrics": ["visitors"], "date_range": "day", "dimensions": ["visit:city"]})
    ks = {
        (audience, setting): found.k if (found := folding(question, audience, setting)) else None
        for audience in Audience
        for setting in (1, 5, 20)
    }
    assert ks == {
        (Audience.SIGNED_IN, 1): None, (Audience.SIGNED_IN, 5): 5, (Audience.SIGNED_IN, 20): 20,
        (Audience.PUBLIC, 1): 10, (Audience.PUBLIC, 5): 10, (Audience.PUBLIC, 20): 20,
    }  # fmt: skip


# --- the answer ------------------------------------------------------------------------------------------

LANGUAGES = {"de": 9, "en": 7, "fr": 3, "it": 2, "pl": 1}


@pytest.fixture
def asked(store: MemoryStore) -> Asked:
    """Nine visitors speak German ... one Polish; each sees the front page, every second one /b and leaves by it."""
    store.hold(list(chain.from_iterable(_visits())))
    return Asked(store, small_cells=5)


def _visits() -> Iterator[list[Made]]:
    people = [language for language, count in LANGUAGES.items() for _ in range(count)]
    for number, language in enumerate(people):
        events: list[tuple[str, dict[str, Any]]] = [("2026-11-18 10:00", {"path": "/"})]
        events += [("2026-11-18 10:02", {"path": "/b"})] * (number % 2)
        country = "DE" if number < 18 else "NP"
        yield visit(number, *events, language=language, country=country, device="Mobile", source="x" * (number % 3))


def by(asked: Asked, *dimensions: str, filters: Sequence[Any] = (), metrics: Sequence[str] = ("visitors",), **more: Any) -> dict[Any, Any]:
    found = asked.table(list(metrics), dimensions=list(dimensions), filters=list(filters), **more)
    return {
        (key[0] if len(key) == 1 else key): (values[0] if len(values) == 1 else values) for key, values in found.items()
    }


def test_small_values_are_one_row(asked: Asked) -> None:
    assert by(asked, "visit:language") == {"de": 9, "en": 7, FEW: 6}


def test_a_site_may_switch_it_off_for_its_people_and_not_for_the_public(store: MemoryStore, asked: Asked) -> None:
    off = Asked(store, small_cells=1)
    assert by(off, "visit:language") == LANGUAGES
    question = {"metrics": ["visitors"], "date_range": "day", "dimensions": ["visit:language"]}
    assert [each["dimensions"] for each in off.answers.answer(off.site, question, audience=Audience.PUBLIC).results] == [["(fewer than 10)"]]


def test_totals_add_up_and_averages_are_those_of_what_was_folded(store: MemoryStore, asked: Asked) -> None:
    metrics = ["visitors", "visits", "pageviews", "events", "bounce_rate", "visit_duration", "views_per_visit", "percentage"]
    folded = by(asked, "visit:language", metrics=metrics)
    plain = by(Asked(store), "visit:language", metrics=metrics)
    (total,) = by(asked, metrics=metrics).values()
    assert [sum(values[number] for values in folded.values()) for number in range(4)] == total[:4]
    assert {key: values for key, values in folded.items() if key != FEW} == {key: plain[key] for key in ("de", "en")}
    assert folded[FEW] == [6, 6, 9, 9, 50, 60, 1.5, 27.3]


def test_order_pages_and_their_number_are_those_of_the_folded_rows(asked: Asked) -> None:
    def page(offset: int) -> list[Any]:
        pagination, include = {"limit": 1, "offset": offset}, {"total_rows": True}
        more = {"pagination": pagination, "include": include, "order_by": [["visitors", "asc"]]}
        found = asked.ask(["visitors"], dimensions=["visit:language"], **more)
        assert found.meta == {"total_rows": 3}
        return [each["dimensions"][0] for each in found.results]

    assert [page(offset) for offset in range(4)] == [[FEW], ["en"], ["de"], []]


def test_coarse_attributes_alone_are_told_as_they_are_and_under_a_filter_folded(asked: Asked) -> None:
    assert by(asked, "visit:country") == {"DE": 18, "NP": 4}
    assert by(asked, "visit:country", filters=[["is", "event:page", ["/b"]]]) == {FEW: 11}


def test_what_is_folded_cannot_be_named_and_is_not_said_to_be_nothing(asked: Asked) -> None:
    """Whether anybody has the value is not told: a language that nobody speaks is answered alike."""
    for value in ("pl", "xx"):
        found = asked.ask(["visitors", "bounce_rate"], filters=[["is", "visit:language", [value]]])
        assert [each["metrics"] for each in found.results] == [[None, None]]
        assert found.meta == {"small_cells": {"fewer_than": 5, "dimensions": ["visit:language"]}}
        assert by(asked, "event:page", filters=[["is", "visit:language", [value]]]) == {}
        assert by(asked, filters=[["is_not", "visit:language", [value]]]) == {(): 22}
    assert asked.ask(["visitors"], filters=[["is", "visit:language", ["DE"], {"case_sensitive": False}]]).meta == {}


def test_filters_see_what_tables_show(asked: Asked) -> None:
    def among(*condition: Any) -> int:
        return int(by(asked, filters=[list(condition)])[()])

    assert among("is", "visit:language", ["de", "pl"]) == 9
    assert among("is_not", "visit:language", ["de"]) == 13
    assert among("contains", "visit:language", ["e"]) == 9 + 7 + 6  # (fewer than 5) has one, too
    assert among("matches", "visit:language", ["^[^(]"]) == 16
    assert among("is", "visit:language", [FEW]) == 6
    assert among("not", ["or", [["is", "visit:language", ["fr"]], ["is", "visit:language", ["en"]]]]) == 15


def test_several_attributes_are_folded_where_they_cross(asked: Asked) -> None:
    """Of ten French, two use Opera; so the eight with Chrome are not told apart either, whichever way one asks."""
    crossed = {("DE", "Chrome"): 20, ("DE", "Opera"): 10, ("FR", "Chrome"): 8, ("FR", "Opera"): 2, ("IT", "Chrome"): 9, ("IT", "Opera"): 8}
    people = [pair for pair, count in crossed.items() for _ in range(count)]
    asked.store.hold([
        row("2026-11-18 10:00", visitor=at, visit=at, country=country, browser=browser) for at, (country, browser) in enumerate(people)
    ])
    french, opera = ["is", "visit:country", ["FR"]], ["is", "visit:browser", ["Opera"]]
    assert by(asked, "visit:browser", filters=[french]) == {FEW: 10}
    assert by(asked, "visit:country", filters=[opera]) == {"DE": 10, FEW: 10}
    assert by(asked, "visit:browser", filters=[["is", "visit:country", ["DE", "FR"]]]) == {"Chrome": 20, "Opera": 10, FEW: 10}
    assert by(asked, filters=[french]) == {(): 10}


def test_what_had_to_go_with_the_small_is_named_with_them(asked: Asked) -> None:
    """Four are from Nepal: "all but Nepal" less "Germany" would be they, and so would their pages."""
    for condition, visitors in ((["is", "visit:country", ["DE"]], 22), (["is_not", "visit:country", ["NP"]], 22)):
        found = asked.ask(["visitors"], filters=[condition])
        assert [each["metrics"] for each in found.results] == [[visitors]]
        assert found.meta == {"small_cells": {"fewer_than": 5, "dimensions": ["visit:country"]}}


def test_content_under_a_filter_on_the_person_is_told_to_people_and_folded_for_the_public(asked: Asked) -> None:
    german = [["is", "visit:language", ["de"]]]
    assert by(asked, "event:page", filters=german) == {"/": 9, "/b": 4}
    question = {"metrics": ["visitors", "pageviews"], "date_range": "day", "dimensions": ["event:page"]}
    paths = ["/a"] * 14 + ["/b"] * 12 + ["/c"] * 11 + ["/d"] * 3 + ["/e"]
    asked.store.hold([row("2026-11-18 10:00", visitor=at, visit=at, path=path, language="de") for at, path in enumerate(paths)])
    found = asked.answers.answer(asked.site, {**question, "filters": german}, audience=Audience.PUBLIC).results
    assert [(each["dimensions"], each["metrics"]) for each in found] == [(["(fewer than 10)"], [15, 15]), (["/a"], [14, 14]), (["/b"], [12, 12])]


def test_in_public_a_number_of_few_is_not_said_at_all(asked: Asked) -> None:
    """Under a filter on the person and one on content there is no row to fold it into."""
    everybody = ["is_not", "visit:language", ["xx"]]
    few = ["is", "visit:source", ["xx"]]
    question = {"metrics": ["visitors", "bounce_rate"], "date_range": "day"}

    def public(*filters: Any) -> list[Any]:
        return [each["metrics"] for each in asked.answers.answer(asked.site, {**question, "filters": list(filters)}, audience=Audience.PUBLIC).results]

    assert public(few) == [[7, 57]]
    assert public(few, everybody) == [[None, None]]
    assert public(everybody) == [[22, 50]]


def test_in_public_nothing_is_said_of_what_few_earned(asked: Asked) -> None:
    """Nor that one of them paid in another currency, and the answer is no error."""
    goals = [Goal(id=1, name="Order", kind="event", event_name="Order", currency="EUR")]
    orders = [{"name": "Order", "revenue": Decimal(9), "currency": currency} for currency in ("EUR", "USD")]
    everybody = [row("2026-11-18 10:00", visitor=at, visit=at, language="de") for at in range(12)]
    asked.store.hold([*everybody, *(row("2026-11-18 10:01", visitor=at, visit=at, seq=1, language="de", **each) for at, each in enumerate(orders))])
    shop, german = Asked(asked.store, goals=goals), ["is", "visit:language", ["de"]]
    question = {"metrics": ["total_revenue"], "date_range": "day", "filters": [["is", "event:goal", ["Order"]], german]}
    found = shop.answers.answer(shop.site, question, audience=Audience.PUBLIC)
    assert ([each["metrics"] for each in found.results], found.meta) == ([[None]], {})
    assert shop.ask(**question).meta["metric_warnings"]["total_revenue"]["events"] == 1


def test_in_public_a_mean_of_few_is_not_said_beside_a_number_of_many(asked: Asked) -> None:
    """Twelve saw the page, one of them entered there, read it and paid: what that one did is no mean."""
    paid = {"name": "Order", "path": "/a", "revenue": Decimal(9), "currency": "EUR"}
    entered = [("2026-11-18 10:00", {"path": "/a"}), ("2026-11-18 10:01", {"path": "/a", "name": "engagement", "engaged": 60_000}), ("2026-11-18 10:02", paid)]
    others = [visit(at, ("2026-11-18 10:00", {}), ("2026-11-18 10:01", {"path": "/a"}), language="de") for at in range(1, 12)]
    ordered = [row("2026-11-18 10:02", visitor=each[0]["visitor"], visit=at, seq=9, language="de", **{**paid, "revenue": None, "currency": ""}) for at, each in enumerate(others, 1)]
    asked.store.hold([*visit(99, *entered, language="de"), *chain(*others), *ordered])
    shop = Asked(asked.store, goals=[Goal(id=1, name="Order", kind="event", event_name="Order", currency="EUR")])

    def public(metrics: list[str], *filters: Any) -> list[Any]:
        question = {"metrics": metrics, "date_range": "day", "dimensions": ["event:page"], "filters": [["is", "visit:language", ["de"]], *filters]}
        found = shop.answers.answer(shop.site, question, audience=Audience.PUBLIC)
        return [each["metrics"] for each in found.results if each["dimensions"] == ["/a"]]

    assert public(["visitors", "visit_duration", "bounce_rate", "views_per_visit", "time_on_page", "scroll_depth"]) == [[12, *[None] * 5]]
    assert public(["visitors", "total_revenue", "average_revenue"], ["is", "event:goal", ["Order"]]) == [[12, None, None]]


def test_within_each_page_and_each_hour_people_are_folded_apart(asked: Asked) -> None:
    assert by(asked, "event:page", "visit:language") == {
        ("/", "de"): 9, ("/", "en"): 7, ("/", FEW): 6, ("/b", FEW): 11,
    }  # fmt: skip
    assert by(asked, "time:hour", "visit:language") == {
        ("2026-11-18 10:00:00", "de"): 9, ("2026-11-18 10:00:00", "en"): 7, ("2026-11-18 10:00:00", FEW): 6,
    }  # fmt: skip


def test_a_comparison_does_not_take_folded_for_nothing(store: MemoryStore) -> None:
    days = {"2026-11-17": {"de": 9, "fr": 2, "it": 4}, "2026-11-18": {"de": 9, "fr": 7}}
    people = ((day, language) for day, some in days.items() for language, count in some.items() for _ in range(count))
    store.hold([row(f"{day} 10:00", visitor=at, visit=at, language=language) for at, (day, language) in enumerate(people)])
    found = Asked(store, small_cells=5).ask(["visitors"], dimensions=["visit:language"], include={"comparison": "previous_period"})
    assert [(each["dimensions"], each["metrics"], each["comparison"]["metrics"]) for each in found.results] == [
        (["de"], [9], [9]),
        (["fr"], [7], [None]),
    ]


def test_a_city_is_not_what_its_region_has_beside_its_other_cities(store: MemoryStore) -> None:
    """Seven in Bavaria, six of them in Munich: the seventh's city would be known."""
    places = [("DE", "Bavaria", "Munich")] * 6 + [("DE", "Bavaria", "Passau")] + [("DE", "Hesse", "Kassel")] * 8 + [("AT", "Tyrol", "")] * 5
    store.hold([
        row("2026-11-18 10:00", visitor=at, visit=at, country=country, region=region, city=city)
        for at, (country, region, city) in enumerate(places)
    ])
    asked = Asked(store, small_cells=5)
    assert by(asked, "visit:region") == {"Hesse": 8, "Bavaria": 7, "Tyrol": 5}
    assert by(asked, "visit:city") == {"Kassel": 8, FEW: 7, "Unknown": 5}
    assert by(asked, filters=[["is", "visit:city", ["Munich"]]]) == {(): None}


QUESTIONS = [
    (["visit:language"], []),
    (["visit:language"], [["is_not", "visit:language", ["de"]]]),
    (["visit:language"], [PAGE]),
    (["visit:country"], [["is", "visit:language", ["de", "en"]]]),
    (["visit:city"], []),
    (["visit:city"], [["contains", "visit:city", ["u"]]]),
    (["event:page"], [["matches", "visit:city", ["^M"]]]),
    (["time:day", "visit:language"], [["is", "visit:country", ["DE"]]]),
    ([], [["is", "visit:language", ["fr"]]]),
    (["visit:country"], [["is_not", "visit:country", ["NP"]]]),
    (["time:day"], [["is", "visit:country", ["DE"]]]),
]


@pytest.mark.parametrize("audience", Audience)
def test_sealed_days_are_folded_like_open_ones(store: MemoryStore, audience: Audience) -> None:
    """From roll-ups, marked rows or rows as they lie: the same rows, and the same values that filters see."""
    days, rows = [date(2026, 11, 14), date(2026, 11, 15)], []
    for number in range(120):
        language = ["de"] * 7 + ["en"] * 4 + ["fr", "it"]
        city = ["Munich", "Kassel", "", "Munich", "Fulda", "Passau" if number < 30 else ""]
        rows += visit(
            number, (f"{days[number % 2]} 10:00", {"path": "/"}), *[(f"{days[number % 2]} 10:15", {"path": "/b"})] * (number % 3 == 0),
            language=language[number % 13], country="NP" if number % 40 == 1 else "DE", city=city[number % 6],
            region={"": "", "Munich": "Bavaria", "Passau": "Bavaria"}.get(city[number % 6], "Hesse"),
        )  # fmt: skip
    asked = Asked(store, small_cells=5)

    def answers() -> list[Any]:
        return [
            asked.answers.answer(
                asked.site,
                {"metrics": ["visitors", "visits", "pageviews", "bounce_rate"], "date_range": ["2026-11-14", "2026-11-15"],
                 "dimensions": dimensions, "filters": filters, "include": {"total_rows": True}},
                audience=audience,
            )
            for dimensions, filters in QUESTIONS
        ]  # fmt: skip

    store.hold(rows)
    before = answers()
    store.seal(*days, "UTC", [])
    assert answers() == before
    assert sum("(fewer than" in str(answer.results) for answer in before) >= 3


def test_questions_without_an_attribute_of_the_person_cost_nothing(store: MemoryStore, asked: Asked) -> None:
    def statements(*dimensions: str, filters: Sequence[Any] = ()) -> int:
        by(asked, *dimensions, filters=filters)
        before = len(store.asked)
        by(asked, *dimensions, filters=filters)
        return len(store.asked) - before

    plain = statements("event:page", filters=[PAGE])
    assert statements() == statements("time") == statements("visit:country") == plain
    assert statements("visit:language") == plain
    assert statements("event:page", filters=[COUNTRY]) == statements("visit:language", filters=[PAGE]) == plain + 1
    assert statements("visit:language", filters=[COUNTRY]) == plain + 3
