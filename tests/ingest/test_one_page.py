"""D21, T8: what addresses become of, from the wire to the row, by the settings of the site."""

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ingest.station import Station

HOST = "https://example.org"

TABLE: list[tuple[dict[str, Any], str, list[str]]] = [
    # as recommended: slash and case as they are sent, no query, no fragment
    ({}, "/", ["", "/", "?", "/?a=1", "/#top", "/?utm_source=x#y", "/.", "//"]),
    ({}, "/Shop/", ["/Shop/", "/Shop/?q=1", "/Shop//", "/Shop/./", "/Shop;jsessionid=7/", "/x/../Shop/"]),
    ({}, "/shop", ["/shop", "/shop#a?b", "/sho%70"]),
    ({}, "/论文", ["/论文", "/%E8%AE%BA%E6%96%87", "/%25E8%25AE%25BA%25E6%2596%2587", "/论文%20", "/论文?x=论"]),
    ({}, "/café au lait", ["/café au lait", "/cafe\u0301%20au%20lait", "/caf%C3%A9 au lait "]),
    ({}, "/index.html", ["/index.html"]),
    ({}, "/what?", ["/what%3F", "/what%253F"]),
    # the slash at the end
    ({"trailing_slash": False}, "/shop", ["/shop", "/shop/", "/shop//", "/shop/?q=1", "/shop/%20"]),
    ({"trailing_slash": False}, "/", ["", "/", "//", "/.%20/", "/..%20/."]),
    # case
    ({"case_sensitive": False}, "/über/uns/", ["/Über/UNS/", "/über/uns/", "/%C3%9Cber/uns/", "/U\u0308ber/uns/"]),
    # parameters that name a page: in the order of the settings, of a name that is repeated the first
    ({"query_parameters": ("p", "lang")}, "/?p=12&lang=de", [
        "/?p=12&lang=de", "/?lang=de&p=12", "/?q=x&lang=de&utm_source=y&p=12", "/?p=12&p=13&lang=de", "?%70=12&lang=%64e", "//?p=12&lang=de ",
    ]),
    ({"query_parameters": ("p",)}, "/", ["/", "/?q=1", "/?P=1"]),
    ({"query_parameters": ("p",)}, "/?p=", ["/?p", "/?p=", "/?p=%20"]),
    ({"query_parameters": ("p",)}, "/?p=a b/论", ["/?p=a+b/论", "/?p=a%20b%2F%E8%AE%BA", "/?p=a%2520b/论"]),
    ({"query_parameters": ("p",), "case_sensitive": False, "trailing_slash": False}, "/a?p=X/", ["/A/?p=X/", "/a?p=X/"]),
]  # fmt: skip
"""Settings, the page's row, and addresses that are that page."""

HASHED: list[tuple[dict[str, Any], str, list[str]]] = [
    ({}, "/#/about", ["/#/about", "#/about", "/#/about?x=1", "/?q=1#/about", "/#/x/../about", "/#/%61bout"]),
    ({}, "/", ["/", "/#"]),
    ({"trailing_slash": False}, "/#/about", ["/#/about/", "/#/about"]),
    ({"query_parameters": ("id",)}, "/#/item?id=5", ["/#/item?id=5", "/?id=5#/item", "/#/item?x=1&id=5"]),
]
"""The same for sites whose pages are behind a #."""


@pytest.mark.parametrize(("chosen", "path", "addresses"), TABLE)
def test_every_address_of_a_page_is_its_row(station: Station, chosen: dict[str, Any], path: str, addresses: list[str]) -> None:
    station.setting(**chosen)
    for address in addresses:
        station.view(HOST + address)
    assert {address: row.path for address, row in zip(addresses, station.rows, strict=True)} == dict.fromkeys(addresses, path)


@pytest.mark.parametrize(("chosen", "path", "addresses"), HASHED)
def test_every_route_of_a_page_is_its_row(station: Station, chosen: dict[str, Any], path: str, addresses: list[str]) -> None:
    """In hash mode, D15."""
    station.setting(**chosen)
    for address in addresses:
        station.view(HOST + address, h=1)
    assert {address: row.path for address, row in zip(addresses, station.rows, strict=True)} == dict.fromkeys(addresses, path)


@pytest.mark.parametrize("host", ["example.org", "www.example.org", "EXAMPLE.org", "www.Example.ORG:443", "example.org."])
def test_every_spelling_of_a_host_is_one(station: Station, host: str) -> None:
    station.view(f"https://{host}/a")
    assert station.rows[0].hostname == "example.org"


@pytest.mark.parametrize(
    ("chosen", "pattern", "address"),
    [
        ({}, "/论文/*", "/%E8%AE%BA%E6%96%87/1"),
        ({}, "/cafe\u0301", "/caf%C3%A9"),
        ({}, "/a b*", "/a%20b/c"),
        ({}, "/admin/*", "/x/../admin//users;v=1"),
        ({"case_sensitive": False}, "/Admin/*", "/aDMIN/users"),
        ({"trailing_slash": False}, "/preview/", "/preview"),
        ({"trailing_slash": False}, "/preview", "/preview/"),
        ({"query_parameters": ("draft",)}, "*?draft=*", "/a?draft=1"),
    ],
)
def test_an_exclusion_holds_for_every_address_of_a_page(station: Station, chosen: dict[str, Any], pattern: str, address: str) -> None:
    """The pattern is kept, and compared, as the page is spelt."""
    kept = station.control.sites.change(station.with_settings(excluded_paths=(pattern,), **chosen))
    station.directory.replace([kept, station.other])
    assert dict(station.view(HOST + address).headers)["x-footfall-dropped"] == "excluded_path"


ADDRESSES = st.text("/%.;?\\ aAé\u0301\u200b25EF:#&=", max_size=30).map(lambda text: "/" + text)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(ADDRESSES, st.booleans(), st.booleans(), st.sampled_from([(), ("a",)]))
def test_the_row_of_a_row_is_itself(station: Station, address: str, slash: bool, case: bool, parameters: tuple[str, ...]) -> None:
    """Who sends a path from the table, as an address, sends the same page."""
    station.setting(trailing_slash=slash, case_sensitive=case, query_parameters=parameters)
    station.rows.clear()
    station.now += 61
    station.view(HOST + address)
    first = station.rows[0].path
    path, _, query = first.partition("?a=") if parameters else (first, "", "")
    station.view(HOST + quote(path) + ("?a=" + quote(query) if "?a=" in first and parameters else ""))
    assert station.rows[1].path == first
