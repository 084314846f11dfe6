"""Core Web Vitals (D48): each over all pages, and the pages by one of them."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from analytics.web.forms.vitals import ALL, percentile, rated
from tests.web.page import Page, told
from tests.web.visits import Visits

Browse = Callable[..., Page]


def test_vitals_say_percentile_and_shares(browse: Browse, visits: Visits) -> None:
    """Of what was measured; what no browser measures is not counted. Pages by the one that was chosen."""
    for number, (lcp, page) in enumerate([(1000, "/"), (2000, "/"), (2600, "/shop"), (9000, "/shop")]):
        rating = rated(ALL[0], lcp)
        visits.add(page, name="Web Vitals", at=f"0{number}:00", props={"lcp": f"{lcp}", "lcp_rating": rating, "cls": "0.07"})
    visits.add("/", name="Web Vitals", props={"lcp": "<script>", "lcp_rating": "<b>"})
    page = browse("?show=vitals")
    rows = told(page, "Measure")
    assert rows[0][1:] == ["2 600 ms needs improvement", "", "50%", "25%", "25%", "4"]
    assert rows[2][1:] == ["0.07 good", "", "100%", "0%", "0%", "4"]
    assert rows[1][1] == "–"
    assert [row[2:] for row in told(page, "Page")[-2:]] == [["100%", "0%", "0%", "2"], ["0%", "50%", "50%", "2"]]


def test_pages_by_a_vital_are_searched_and_sorted_when_shown_alone(browse: Browse, visits: Visits) -> None:
    """D43: all of them, not only the few of the card; by name, by either share, by how often they were measured."""
    for page, lcp, times in (("/a", 1000, 3), ("/b", 9000, 2), ("/shop/c", 3000, 1)):
        visits.add(page, name="Web Vitals", times=times, props={"lcp": f"{lcp}", "lcp_rating": rated(ALL[0], lcp)})
    for number in range(9):
        visits.add(f"/much/{number}", name="Web Vitals", times=4, props={"lcp": "1000", "lcp_rating": "good"})

    def pages(query: str) -> list[str]:
        return [row[0] for row in told(browse(f"?panel=vitals{query}"), "Page")]

    card = browse("?show=vitals")
    assert "/example.org?show=vitals&panel=vitals" in list(card.links())
    assert [row[0] for row in told(card, "Page")][-1] == "/much/8"
    assert pages("")[-3:] == ["/a", "/b", "/shop/c"]
    assert pages("&search=SHOP") == ["/shop/c"]
    assert pages("&sort=poor")[0] == "/b"
    assert pages("&sort=needs-improvement")[0] == "/shop/c"
    assert pages("&sort=events,asc")[:3] == ["/shop/c", "/b", "/a"]
    assert pages("&sort=event:page")[0] == "/shop/c"
    page = browse("?panel=vitals&sort=event:page,asc")
    assert "1 – 12 of 12" in page.text
    assert [each["aria-sort"] for tag, each in page.elements if tag == "th" and "aria-sort" in each] == ["ascending"]
    assert "No rows contain “nothing” in this period." in browse("?panel=vitals&search=nothing").text


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=60))
def test_the_percentile_is_the_nearest_rank(values: list[int]) -> None:
    """At least three quarters are not above it, and it is the smallest such value."""
    found = percentile({value: values.count(value) for value in values})
    assert found in values
    assert 4 * sum(value <= found for value in values) >= 3 * len(values)
    assert 4 * sum(value < found for value in values) < 3 * len(values)


def test_of_nothing_there_is_no_percentile() -> None:
    assert percentile({}) is None
