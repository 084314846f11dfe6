"""The script and the style sheet of our own pages: small on the wire, kept by browsers, new when they have changed."""

import re

import brotli
import pytest
from flask.testing import FlaskClient

from analytics.resources import folder


def _address(client: FlaskClient, name: str) -> str:
    found = re.search(rf'"(/static/built/{re.escape(name)}\?v=[0-9a-f]{{12}})"', client.get("/setup").text)
    assert found
    return found[1]


@pytest.mark.parametrize(("name", "kind"), [("dashboard.js", "text/javascript"), ("footfall.css", "text/css")])
def test_a_page_names_the_version_of_its_parts_and_browsers_keep_it(client: FlaskClient, name: str, kind: str) -> None:
    answer = client.get(_address(client, name), headers={"Accept-Encoding": "gzip, br"})
    assert answer.mimetype == kind
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert (answer.headers["Content-Encoding"], answer.headers["Vary"]) == ("br", "Accept-Encoding")
    assert brotli.decompress(answer.data) == (folder("built") / name).read_bytes()


@pytest.mark.parametrize("query", ["", "?v=000000000000"])
def test_without_its_version_it_is_asked_for_again(client: FlaskClient, query: str) -> None:
    """A page of an older version, still open, must not keep the new file under the old name."""
    answer = client.get(f"/static/built/footfall.css{query}")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "Content-Encoding" not in answer.headers


def test_nothing_else_of_the_build_is_given_away(client: FlaskClient) -> None:
    assert client.get("/static/built/country.mmdb").status_code == 404
