"""Sections: which part of the site a page belongs to, by folder and by the owner's rules, now and in history."""

import re

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from analytics.errors import QueryError
from analytics.query.sections import beneath, levels, pattern_regex, section_of
from analytics.site import SectionRule
from tests.query.rows import Asked, MemoryStore, row, visit


@pytest.mark.parametrize(
    ("path", "section", "top"),
    [
        ("/", "/", "/"),
        ("/about", "/about", "/about"),
        ("/shop/", "/shop", "/shop"),
        ("/shop/shoes", "/shop/shoes", "/shop"),
        ("/blog/2024/x", "/blog/2024/x", "/blog"),
        ("/shop?id=12", "/shop", "/shop"),
        ("/?p=12", "/", "/"),
        ("/#/settings/people", "/settings/people", "/settings"),
        ("/app#/settings", "/app/settings", "/app"),
        ("/#top", "/#top", "/#top"),
        ("/论文/一", "/论文/一", "/论文"),
    ],
)
def test_the_automatic_tree_is_that_of_the_folders(path: str, section: str, top: str) -> None:
    """A page without a folder is a section of its own; the front page alone is ``/``."""
    assert section_of(path, []) == section
    assert levels(section, 1) == top


@pytest.mark.parametrize(
    ("pattern", "taken", "left"),
    [
        ("/shop/**", ["/shop", "/shop/", "/shop/shoes", "/shop/a/b"], ["/shopping", "/"]),
        ("/shop/*", ["/shop/shoes", "/shop/shoes/"], ["/shop", "/shop/", "/shop/a/b"]),
        ("/*/shoes", ["/shop/shoes", "/sale/shoes/"], ["/shoes", "/a/b/shoes"]),
        ("/**/shoes", ["/shop/shoes", "/a/b/shoes"], ["/shoes", "/a/b/shoes/red"]),
        ("/blog/2024-*", ["/blog/2024-01"], ["/blog/2023-01", "/blog/2024-01/x"]),
        ("/about", ["/about", "/about/", "/about?x=1"], ["/about/us", "/About"]),
        ("/", ["/", "/?p=12"], ["/a"]),
        ("/**", ["/", "/a", "/a/b"], []),
        ("/?p=1*", ["/?p=12"], ["/?p=2", "/"]),
        ("/a.b+(c)", ["/a.b+(c)"], ["/axb+(c)", "/a.bb+(c)"]),
    ],
)
def test_one_star_stays_within_a_folder_and_two_do_not(pattern: str, taken: list[str], left: list[str]) -> None:
    """``*`` stays within a folder, ``**`` does not; everything else stands for itself; a last slash makes no difference."""
    rules = [SectionRule(name="Named", pattern=pattern)]
    assert [path for path in taken + left if section_of(path, rules) == "Named"] == taken


def test_the_first_rule_that_matches_decides() -> None:
    rules = [SectionRule(name="Shop/Sale", pattern="/shop/sale/**"), SectionRule(name="Shop", pattern="/shop/**")]
    assert section_of("/shop/sale/x", rules) == "Shop/Sale"
    assert section_of("/shop/x", rules) == "Shop"
    assert section_of("/blog/x", rules) == "/blog/x"


def test_a_section_takes_what_lies_beneath_it_and_no_namesake() -> None:
    assert [name for name in ("/blog", "/blog/2024", "/blogs", "/") if beneath(name, "/blog")] == ["/blog", "/blog/2024"]
    assert [name for name in ("Shop", "Shop/Sale", "Shopping") if beneath(name, "Shop")] == ["Shop", "Shop/Sale"]
    assert [name for name in ("/", "/blog", "Shop") if beneath(name, "/")] == ["/"]


PATH = st.text(st.sampled_from("/ab*?#.é"), max_size=9).map(lambda text: "/" + text)
PATTERN = st.text(st.sampled_from("/ab*?.é("), max_size=6).map(lambda text: "/" + text)
RULE = st.builds(SectionRule, name=st.sampled_from(["A", "A/B", "A/B/C", "D/"]), pattern=PATTERN)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(paths=st.lists(PATH, min_size=1, max_size=8), rules=st.lists(RULE, max_size=3), depth=st.integers(1, 4))
@example(paths=["/a//b", "//", "/a/", "/#/", "/a#/?b"], rules=[SectionRule(name="A", pattern="/a//*")], depth=2)
def test_python_and_the_engine_agree(store: MemoryStore, paths: list[str], rules: list[SectionRule], depth: int) -> None:
    """The rule is said twice, for one page and for all: both say the same of any path, pattern and depth."""
    store.hold([row("2026-11-18 10:00", path=path, visitor=number) for number, path in enumerate(paths, 1)])
    found = Asked(store, rules=rules).table(["visitors"], dimensions=["event:page", f"event:section:{depth}"])
    assert set(found) == {(path, levels(section_of(path, rules), depth)) for path in paths}


@given(PATTERN)
def test_every_pattern_is_a_pattern(pattern: str) -> None:
    """Nothing an owner types breaks the page: each becomes a regular expression that Python too can read."""
    assert re.compile(pattern_regex(pattern))


def test_each_node_has_its_true_visitors(store: MemoryStore) -> None:
    """One person on three pages of the shop is one visitor of the shop: children need not add up to their parent."""
    pages = ["/shop/shoes", "/shop/hats", "/shop/"]
    store.hold([
        *visit(1, *((f"2026-11-18 10:0{minute}", {"path": path}) for minute, path in enumerate(pages))),
        *visit(2, ("2026-11-18 11:00", {"path": "/shop/hats"}), ("2026-11-18 11:01", {"path": "/about"})),
    ])
    asked = Asked(store)
    assert asked.table(["visitors", "pageviews"], dimensions=["event:section"]) == {("/shop",): [2, 4], ("/about",): [1, 1]}
    beneath_shop = [["is", "event:section", ["/shop"]]]
    assert asked.table(["visitors", "pageviews"], dimensions=["event:section:2"], filters=beneath_shop) == {
        ("/shop/hats",): [2, 2],
        ("/shop/shoes",): [1, 1],
        ("/shop",): [1, 1],
    }
    assert asked.total(["visitors", "pageviews"], filters=[["is", "event:section", ["/shop/"]]]) == [2, 4]


def test_the_tree_is_known_to_its_twentieth_level(store: MemoryStore) -> None:
    """One person on two leaves of a deep tree is one visitor of every node above them, at any depth."""
    trunk = [f"l{level}" for level in range(1, 20)]
    leaves = ["/" + "/".join([*trunk, leaf]) for leaf in ("x", "y")]
    store.hold(visit(1, *((f"2026-11-18 10:0{minute}", {"path": path}) for minute, path in enumerate(leaves))))
    asked = Asked(store)
    for depth in range(1, 20):
        node = "/" + "/".join(trunk[:depth])
        assert asked.table(["visitors", "pageviews"], dimensions=[f"event:section:{depth}"]) == {(node,): [1, 2]}
    assert asked.table(["visitors"], dimensions=["event:section:20"]) == {(leaf,): [1] for leaf in leaves}
    with pytest.raises(QueryError, match='Invalid dimension "event:section:21"'):
        asked.table(["visitors"], dimensions=["event:section:21"])


def test_a_rule_holds_for_history_at_once(store: MemoryStore) -> None:
    """Nothing is rewritten: the same rows, asked again after the rule was made, lie in the new section."""
    store.hold(visit(1, ("2026-11-18 10:00", {"path": "/shop/sale/x"})))
    rules = [SectionRule(name="Sale/Winter", pattern="/**/sale/*")]
    assert Asked(store).table(["visitors"], dimensions=["event:section"]) == {("/shop",): [1]}
    assert Asked(store, rules=rules).table(["visitors"], dimensions=["event:section"]) == {("Sale",): [1]}
    assert Asked(store, rules=rules).table(["visitors"], dimensions=["event:section:2"]) == {("Sale/Winter",): [1]}
    assert Asked(store, rules=rules).total(["visitors"], filters=[["is", "event:section", ["Sale"]]]) == [1]
    assert Asked(store, rules=rules).total(["visitors"], filters=[["is", "event:section", ["/shop"]]]) == [0]
