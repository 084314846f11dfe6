"""The demo shop: five pages, a look-book, the snippet on each of them."""

from http import HTTPStatus
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from analytics.demo.shop import PAGES, Shop, html
from analytics.errors import FootfallError
from analytics.snippet import tag


def fetch(shop: Shop, path: str) -> tuple[int, str, dict[str, str]]:
    connection = HTTPConnection(urlsplit(shop.url).netloc, timeout=5)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body, {name.lower(): value for name, value in answer.getheaders()}


def test_five_pages_with_full_loads_and_one_that_changes_its_address() -> None:
    assert len([path for path, page in PAGES.items() if "pushState" not in page.body]) == 5
    assert len([path for path, page in PAGES.items() if "pushState" in page.body]) == 1


def test_every_page_carries_the_snippet_once() -> None:
    line = tag("shop.example", "http://localhost:8000")
    with Shop("127.0.0.1:0", line) as shop:
        for path in [*PAGES, "/lookbook/spring", "/about?utm_source=letter"]:
            status, body, _ = fetch(shop, path)
            assert (status, body.count(line)) == (HTTPStatus.OK, 1), path


def test_a_page_that_is_not_there_is_a_404_with_the_snippet() -> None:
    with Shop("127.0.0.1:0", "<script></script>") as shop:
        status, body, _ = fetch(shop, "/nowhere")
    assert status == HTTPStatus.NOT_FOUND
    assert "<script></script>" in body


def test_nothing_keeps_a_page_out_of_the_back_forward_cache() -> None:
    """T10: browsers keep no page that says ``no-store`` or listens for ``unload``."""
    with Shop("127.0.0.1:0", "") as shop:
        _, body, headers = fetch(shop, "/")
    assert "cache-control" not in headers
    assert "unload" not in body


def test_all_links_lead_to_pages_of_the_shop() -> None:
    for path in PAGES:
        page = html(path, "") or ""
        links = {part.partition('"')[0] for part in page.split('<a href="')[1:]}
        assert links <= set(PAGES), path


def test_the_shop_says_so_when_it_cannot_listen() -> None:
    with Shop("127.0.0.1:0", "") as shop:
        taken = urlsplit(shop.url).port
        with pytest.raises(FootfallError, match=rf"cannot listen on '127\.0\.0\.1:{taken}'"):
            Shop(f"127.0.0.1:{taken}", "")
    with pytest.raises(FootfallError, match="HOST:PORT"):
        Shop("nowhere", "")
