"""The top-level sections of a visit, noted on the rows that stand for it when its day is sealed."""

from datetime import date

import pytest

from analytics.site import SectionRule
from tests.query.rows import Asked, MemoryStore, visit

DAY = date(2026, 10, 20)
ON_IT = [DAY.isoformat()] * 2
RULES = (SectionRule(name="Shop/Sale", pattern="/sale/**"), SectionRule(name="Shop", pattern="/cart"))


@pytest.fixture
def site(store: MemoryStore) -> Asked:
    """A sealed day of three visits: through sale, cart and blog; on the front page alone; a reader of two posts."""
    way = (("2026-10-20T10:00", "/sale/x"), ("2026-10-20T10:01", "/cart"), ("2026-10-20T10:02", "/blog/a"))
    store.hold([
        *visit(1, *((clock, {"path": path}) for clock, path in way)),
        *visit(2, ("2026-10-20T11:00", {"path": "/"})),
        *visit(3, ("2026-10-20T12:00", {"path": "/blog/b"}), ("2026-10-20T12:01", {"path": "/blog/a?page=2"})),
    ])  # fmt: skip
    store.seal(DAY, DAY, "UTC", RULES)
    return Asked(store, rules=RULES)


def test_the_rows_that_stand_for_a_visit_name_its_sections_and_no_others_do(site: Asked) -> None:
    noted = site.store.query(site.site, "SELECT visit, entry OR exit, places FROM events ORDER BY visit, seq", {})
    assert noted == [
        (1, True, "\n/blog\nShop\n"), (1, False, ""), (1, True, "\n/blog\nShop\n"),
        (2, True, "\n/\n"),
        (3, True, "\n/blog\n"), (3, True, "\n/blog\n"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("dimensions", "section", "visits", "noted"),
    [
        ([], "Shop", 1, True),
        (["visit:device"], "/blog", 2, True),
        (["visit:device"], "/", 1, True),
        (["visit:device"], "Shop/Sale", 1, False),  # deeper than what is noted
        (["visit:device"], "/blog\nShop", 0, False),  # no section's name, so not to be found between two of them
    ],
)
def test_what_they_can_say_is_asked_of_them(
    site: Asked, dimensions: list[str], section: str, visits: int, noted: bool
) -> None:
    site.store.asked.clear()
    found = site.table(["visits", "bounce_rate"], ON_IT, dimensions=dimensions, filters=[["is", "event:section", [section]]])
    assert sum(metrics[0] for metrics in found.values()) == visits
    assert any("rows.places" in sql for sql, _ in site.store.asked) == noted


def test_by_section_each_visit_counts_once_in_each_of_its_own(site: Asked) -> None:
    found = site.table(["visitors", "visits", "pageviews"], ON_IT, dimensions=["event:section"], filters=[["is", "visit:country", ["Unknown"]]])
    assert found == {("/blog",): [2, 2, 3], ("Shop",): [1, 1, 2], ("/",): [1, 1, 1]}
    assert any("rows.places" in sql for sql, _ in site.store.asked)
