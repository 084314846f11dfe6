"""A site is found by whatever spelling a client uses."""

from analytics.ingest.directory import Directory
from analytics.site import FormerDomain, Site

SHOP = Site(id="1", domain="shop.example")
LOCAL = Site(id="2", domain="localhost:3000")
BOOKS = Site(id="3", domain="xn--bcher-kva.example")


def test_a_site_is_found_by_any_spelling() -> None:
    directory = Directory([SHOP, LOCAL, BOOKS])
    for domain in ("shop.example", "www.Shop.example", "https://shop.example/basket", "shop.example:443"):
        assert directory.find(domain) is SHOP
    assert directory.find("localhost:3000") is LOCAL
    assert directory.find("bücher.example") is BOOKS


def test_other_domains_and_nonsense_find_no_site() -> None:
    directory = Directory([SHOP])
    for domain in ("", "other.example", "shop.example.evil.example", "a b", "\x00", "\ud800", "shop.example:8080", "x" * 10_000):
        assert directory.find(domain) is None


def test_a_pages_own_host_finds_its_site_on_any_port() -> None:
    """A page's own host finds its site on a development port, an explicit other port does not."""
    directory = Directory([SHOP, LOCAL])
    assert directory.find("shop.example:8080", any_port=True) is SHOP
    assert directory.find("localhost:3000", any_port=True) is LOCAL
    assert directory.find("localhost:4000", any_port=True) is None


def test_a_renamed_site_is_found_by_what_it_was_called_until_its_time_is_over() -> None:
    """In any spelling; but it is listed once, and a site that is called so now goes first."""
    shop, books = (FormerDomain(domain, 1_000) for domain in ("shop.example", "xn--bcher-kva.example"))
    renamed = Site(id="1", domain="new.example", former_domains=(shop, books))
    now = [999.0]
    directory = Directory([renamed, BOOKS], lambda: now[0])
    for domain in ("new.example", "shop.example", "https://www.Shop.example/basket"):
        assert directory.find(domain) is renamed
    assert directory.find("shop.example:8080", any_port=True) is renamed
    assert directory.find("bücher.example") is BOOKS
    assert directory.all() == [renamed, BOOKS]
    now[0] = 1_000.0
    assert directory.find("shop.example") is None
    assert directory.find("new.example") is renamed


def test_sites_can_be_replaced() -> None:
    directory = Directory([SHOP, LOCAL])
    directory.replace([LOCAL, BOOKS])
    assert directory.find("shop.example") is None
    assert directory.all() == [LOCAL, BOOKS]
