"""The geometry of a flow."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from analytics.query.flow import FlowGraph, FlowLink, FlowNode
from analytics.web.forms.sankey import COLUMN, HEIGHT, LINE, NODE, THINNEST, laid_out

PAGES = ("/a", "/b", "/c", "(other)")


def graph(*links: tuple[int, str, str, int]) -> FlowGraph:
    """A flow of these transitions, its nodes as the engine gives them."""
    into: dict[tuple[int, str], int] = {}
    out_of: dict[tuple[int, str], int] = {}
    for step, source, target, visits in links:
        into[step, target] = into.get((step, target), 0) + visits
        out_of[step - 1, source] = out_of.get((step - 1, source), 0) + visits
    nodes = {place: max(into.get(place, 0), out_of.get(place, 0)) for place in {*into, *out_of}}
    return FlowGraph([FlowNode(step, name, visits) for (step, name), visits in nodes.items()], [FlowLink(*link) for link in links])


def test_nodes_are_as_high_as_their_visits_and_ribbons_join_them() -> None:
    """Two columns: 40 visits in one node here, 30 and 10 in two nodes there."""
    picture = laid_out(graph((1, "(here)", "/a", 30), (1, "(here)", "(exit)", 10)))
    scale = (HEIGHT - 2 * LINE) / 40
    assert [(box.node.name, box.x, box.y, box.height) for box in picture.boxes] == [
        ("(here)", 0, 0, 40 * scale),
        ("/a", COLUMN, 0, 30 * scale),
        ("(exit)", COLUMN, 30 * scale + LINE, 10 * scale),
    ]
    middle = (NODE + COLUMN) / 2
    assert picture.ribbons[0].path == (
        f"M{NODE},0.0C{middle:g},0.0 {middle:g},0.0 {COLUMN},0.0v270.0C{middle:g},270.0 {middle:g},270.0 {NODE},270.0z"
    )
    assert picture.ribbons[1].path.startswith(f"M{NODE},270.0C{middle:g},270.0 {middle:g},290.0 {COLUMN},290.0v90.0")


def test_what_is_no_page_stands_below_the_pages() -> None:
    """However many visits it has."""
    picture = laid_out(graph((1, "(here)", "/a", 1), (1, "(here)", "/b", 2), (1, "(here)", "(other)", 50), (1, "(here)", "(exit)", 90)))
    assert [box.node.name for box in picture.boxes[1:]] == ["/b", "/a", "(exit)", "(other)"]


def test_a_flow_of_nobody_is_an_empty_picture() -> None:
    """Not an error."""
    assert laid_out(FlowGraph([], [])).boxes == []


@given(st.lists(st.tuples(st.sampled_from(PAGES), st.sampled_from(PAGES), st.integers(1, 10**6)), min_size=1, max_size=12))
def test_nodes_have_room_for_their_labels_and_ribbons_stay_within_them(found: list[tuple[str, str, int]]) -> None:
    """No two labels of a column meet, and what leaves a node fits into it."""
    links = {(source, target): visits for source, target, visits in found}
    picture = laid_out(graph(*((1, source, target, visits) for (source, target), visits in links.items())))
    for step in (0, 1):
        column = [box for box in picture.boxes if box.node.step == step]
        for upper, lower in pairwise(column):
            assert lower.y >= upper.y + upper.height + LINE - 0.2
        assert all(box.y >= 0 and box.y + box.height <= HEIGHT + THINNEST * len(column) for box in column)
