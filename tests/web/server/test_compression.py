"""Pages travel compressed to browsers that can read it, and their sizes tell nothing."""

import gzip

import pytest
from flask.testing import FlaskClient

from analytics.site import Site

GZIP = {"Accept-Encoding": "gzip, deflate, br"}


def test_a_page_travels_compressed_and_is_the_same_page(signed_in_client: FlaskClient, site: Site) -> None:
    plain = signed_in_client.get("/example.org?period=7d")
    packed = signed_in_client.get("/example.org?period=7d", headers=GZIP)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 4
    assert plain.headers["Vary"] == packed.headers["Vary"]
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert gzip.decompress(packed.data).startswith(b"<!doctype html>")


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0"])
def test_who_cannot_read_it_gets_the_page_as_it_is(signed_in_client: FlaskClient, site: Site, accepted: str) -> None:
    answer = signed_in_client.get("/example.org", headers={"Accept-Encoding": accepted})
    assert "Content-Encoding" not in answer.headers
    assert answer.text.startswith("<!doctype html>")


def test_what_is_small_is_left_alone(client: FlaskClient) -> None:
    answer = client.get("/health/live", headers=GZIP)
    assert "Content-Encoding" not in answer.headers


def test_the_size_of_a_page_is_another_each_time(signed_in_client: FlaskClient, site: Site) -> None:
    """An observer who makes a browser load it again and again, with another guess in the address, learns nothing quickly."""
    pages = {len(signed_in_client.get("/example.org?period=7d", headers=GZIP).data) for _ in range(20)}
    assert len(pages) > 5
