"""No pair of answers reveals a small cell: all questions of one filter are put, and all pairs of answers compared.

A metric that only these tests know says exactly who stands behind each row: a visitor is a bit of a number, and the
numbers add up. So two rows whose difference is fewer than k people are found, whatever the metric that would show it:
every count is a function of who is counted.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.query.measures import MEASURES, Kind, Measure
from analytics.query.metrics import METRICS, Metric
from tests.query.rows import Asked, MemoryStore, row

K = 5
BITS = 100
"""Visitors whose bits fit into one number."""
WHO = ("who_0", "who_1", "who_2")
SEARCHED = settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

Exposed = dict[int, str]
"""People, as bits -> a question and row that shows exactly them."""


@pytest.fixture(autouse=True)
def who(monkeypatch: pytest.MonkeyPatch) -> None:
    """The metrics that say who is counted."""
    for number, name in enumerate(WHO):
        bit = f"CASE WHEN visitor // {BITS} = {number} THEN 1::HUGEINT << CAST(visitor % {BITS} AS INTEGER) ELSE 0 END"
        monkeypatch.setitem(MEASURES, name, Measure(name, Kind.PEOPLE, f"sum(DISTINCT {bit})", "HUGEINT"))
        monkeypatch.setitem(METRICS, name, Metric(name, name, (name,), name, "count", ""))


def site(store: MemoryStore, people: Sequence[dict[str, str]]) -> Asked:
    """One page view of each of these people."""
    store.hold([row("2026-11-18 10:00", visitor=number, visit=number, **one) for number, one in enumerate(people)])
    return Asked(store, small_cells=K)


def rows_of(asked: Asked, dimensions: Sequence[str], filters: Sequence[Any]) -> Iterator[tuple[int, str]]:
    """The people behind each row of the answer, and what the row is."""
    for value, found in row_people(asked, dimensions, filters):
        if found:
            yield found, f"{value} by {dimensions} where {filters}"


def exposed(asked: Asked, questions: Iterable[tuple[Sequence[str], Sequence[Any]]]) -> Exposed:
    """All groups of people that some row of these answers shows."""
    return {people: words for dimensions, filters in questions for people, words in rows_of(asked, dimensions, filters)}


def revealed(found: Exposed, allowed: Iterable[int]) -> list[str]:
    """Groups of fewer than k that one row shows, or one row less another; ``allowed`` are shown by the policy itself."""
    known = set(allowed)
    alone = [words for people, words in found.items() if people.bit_count() < K and people not in known]
    pairs = [
        f"{words}\n  less {found[less]}"
        for people, words in found.items()
        for less in found
        if people & less == less and 0 < (people ^ less).bit_count() < K and people ^ less not in known
    ]
    return alone + pairs


def filters_on(dimension: str, values: Sequence[str]) -> Iterator[list[Any]]:
    """Every operator; ``is`` with every value and every two values."""
    yield from (["is", dimension, list(some)] for some in [*combinations(values, 1), *combinations(values, 2)])
    yield from (["is_not", dimension, [value]] for value in values)
    first = values[0][0]
    yield ["contains", dimension, [first]]
    yield ["contains_not", dimension, [first]]
    yield ["matches_not", dimension, [f"^[^{first}]"]]
    yield ["not", ["or", [["is", dimension, [values[0]]], ["matches", dimension, [values[-1][0]]]]]]


PAIRS = [
    ("country", "browser"), ("country", "language"), ("language", "screen"), ("browser", "browser_version"), ("device", "city"),
]  # fmt: skip
TABLES = st.integers(2, 3).flatmap(
    lambda width: st.lists(st.lists(st.integers(1, 9), min_size=width, max_size=width), min_size=2, max_size=3)
)


@SEARCHED
@given(pair=st.sampled_from(PAIRS), table=TABLES)
def test_two_attributes_of_the_person(store: MemoryStore, pair: tuple[str, str], table: list[list[int]]) -> None:
    """Every crossing has somebody: where none has, one attribute may lie in the other by chance, which no two answers tell."""
    first, second = pair
    people = [
        {first: 2 * "ABC"[across], second: 2 * "KLM"[down]}
        for across, line in enumerate(table)
        for down, count in enumerate(line)
        for _ in range(count)
    ]
    asked = site(store, people)
    names = [f"visit:{name}" for name in pair]
    tables: list[tuple[str, ...]] = [(), *((name,) for name in names)]
    values = [sorted({one[name] for one in people}) for name in pair]
    filters = [[], *([one] for name, some in zip(names, values, strict=True) for one in filters_on(name, some))]
    found = exposed(asked, [(tuple(names), []), *((dimensions, some) for dimensions in tables for some in filters)])
    coarse = [(name,) for name in names if name in ("visit:country", "visit:browser", "visit:device")]
    alone = exposed(asked, ((dimensions, []) for dimensions in coarse))
    everybody = (1 << len(people)) - 1
    assert revealed(found, [*alone, *(everybody ^ some for some in alone), everybody]) == []


CITIES = {"Munich": "Bavaria", "Passau": "Bavaria", "Kassel": "Hesse", "Trento": "Trentino", "Linz": "Upper Austria", "Steyr": "Upper Austria"}
REGIONS = {"Bavaria": "DE", "Hesse": "DE", "Trentino": "IT", "Upper Austria": "AT"}
SMALL_SITE = {
    "city": {"Munich": 60, "Passau": 3, "Kassel": 20, "Trento": 2, "Linz": 14, "Steyr": 1},
    "language": {"de": 74, "en": 20, "it": 4, "fr": 1, "pl": 1},
    "path": {"/": 60, "/blog": 36, "/jobs": 4},
    "source": {"": 60, "Google": 40},
}
"""Attribute -> its values and their weights."""
PEOPLE = ("visit:country", "visit:region", "visit:city", "visit:language")
CONTENT = ("event:page", "visit:source")


@pytest.fixture(scope="module")
def people() -> list[dict[str, str]]:
    """Three hundred visits."""
    chance, found = random.Random(11), []
    for _ in range(300):
        one = {name: chance.choices(list(weights), list(weights.values()))[0] for name, weights in SMALL_SITE.items()}
        region = CITIES[one["city"]]
        found.append({**one, "region": region, "country": REGIONS[region]})
    return found


def some_filters(dimension: str, people: Sequence[dict[str, str]]) -> Iterator[list[Any]]:
    """A filter of each kind, on values of all sizes."""
    column = {"event:page": "path"}.get(dimension, dimension.partition(":")[2])
    values = sorted({one[column] or "Direct / None" for one in people})
    yield from (["is", dimension, [value]] for value in values)
    yield from (["is_not", dimension, [value]] for value in values[:3])
    yield from (["is", dimension, list(some)] for some in list(combinations(values, 2))[:2])
    yield from ([operator, dimension, [values[-1][:2]]] for operator in ("contains_not", "matches"))


def groups(people: Sequence[dict[str, str]], *names: str) -> dict[int, str]:
    """Those who have the value of this attribute in common, or of these, where they are fewer than k."""
    found: dict[tuple[str, ...], int] = {}
    for at, one in enumerate(people):
        values = tuple(one[name] for name in names)
        found[values] = found.get(values, 0) | 1 << at
    return {group: f"{names} = {values}" for values, group in found.items() if group.bit_count() < K}


def told(found: Exposed, small: dict[int, str]) -> list[str]:
    """Which of the small groups a row shows, or one row less another."""
    whole = {0: "nobody", **found}
    pairs = ((one, less) for one in found for less in whole if one & less == less)
    return [f"{small[one ^ less]}:\n  {whole[one]}\n  less {whole[less]}" for one, less in pairs if one ^ less in small]


def test_a_small_site_by_attributes_of_the_person(store: MemoryStore, people: list[dict[str, str]]) -> None:
    """Any filter on one attribute, by any: nobody gets at fewer than k who have one attribute in common, or two; but a
    country alone is told as it is."""
    asked = site(store, people)
    filters = {name: [[one] for one in some_filters(name, people)] for name in PEOPLE}
    own = {on: exposed(asked, [(by, some) for some in [[], *filters[on]] for by in ((), (on,))]) for on in PEOPLE}
    found = {
        (on, name): {**own[on], **exposed(asked, (((name,), some) for some in filters[on]))}
        for on, name in permutations(PEOPLE, 2)
    }
    told_freely, count = groups(people, "country"), 0
    for one, other in combinations(PEOPLE, 2):
        names = [name.partition(":")[2] for name in (one, other)]
        some = [*((name,) for name in names if name != "country"), tuple(names)]
        small = {group: words for each in some for group, words in groups(people, *each).items() if group not in told_freely}
        count += len(small)
        assert told({**found[one, other], **found[other, one]}, small) == []
    assert count > 15


def test_no_answer_about_content_tells_those_of_a_folded_group_apart(store: MemoryStore, people: list[dict[str, str]]) -> None:
    """Whatever of a site they saw: who is folded is with all who are folded and saw it, or is not there. So nothing
    that is added up or subtracted parts them."""
    asked = site(store, people)
    rows = {name: dict(row_people(asked, (name,), [])) for name in CONTENT}
    for name in ("visit:region", "visit:city", "visit:language"):
        together = dict(row_people(asked, (name,), [])).get(f"(fewer than {K})", 0)
        assert together.bit_count() not in range(1, K)
        for content in CONTENT:
            for some in some_filters(content, people):
                (_, those), = row_people(asked, (), [some])
                shown = dict(row_people(asked, (name,), [some]))
                assert len(shown) == 1 or min(one.bit_count() for one in shown.values()) >= K
                assert {one & together for one in shown.values()} <= {0, together & those}
            for some in some_filters(name, people):
                for value, one in row_people(asked, (content,), [some]):
                    assert one & together in (0, together & rows[content][value])


def row_people(asked: Asked, dimensions: Sequence[str], filters: Sequence[Any]) -> Iterator[tuple[Any, int]]:
    """Value of the row -> the people behind it."""
    for each in asked.ask(list(WHO), dimensions=list(dimensions), filters=list(filters)).results:
        bits = [part or 0 for part in each["metrics"]]
        yield "".join(each["dimensions"]), sum(part << (BITS * number) for number, part in enumerate(bits))
