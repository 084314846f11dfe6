"""The beacon's file: which names it has, and that it is no way to tell two visitors apart."""

import gzip
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from analytics.ingest.directory import Directory
from analytics.model import Site, SiteSettings
from analytics.resources import folder
from analytics.web import scripts

BEACON = (folder("built") / "beacon.js").read_bytes()
CONDITIONS = {
    "a plain request": {},
    "one that knows an ETag": {"If-None-Match": '"known"'},
    "one that knows a date": {"If-Modified-Since": "Tue, 01 Sep 2026 10:00:00 GMT"},
    "a part of the file": {"Range": "bytes=0-9"},
    "another language": {"Accept-Language": "de"},
    "a cookie": {"Cookie": "session=someone"},
}


@pytest.fixture
def directory() -> Directory:
    return Directory([Site(id="a", domain="example.org", settings=SiteSettings(script="js/kiosk"))])


@pytest.fixture
def client(directory: Directory) -> FlaskClient:
    app = Flask(__name__)
    app.extensions["footfall"] = SimpleNamespace(directory=directory)
    app.register_blueprint(scripts.blueprint)
    return app.test_client()


@pytest.mark.parametrize(("path", "status"), [
    ("/js/footfall.js", 200),
    ("/js/kiosk.js", 200),
    ("/js/other.js", 404),
    ("/js/Kiosk.js", 404),
    ("/js/beacon.js", 404),
    ("/js/.js", 404),
    ("/js/../kiosk.js", 404),
])  # fmt: skip
def test_the_beacon_has_the_names_that_sites_gave_it(client: FlaskClient, path: str, status: int) -> None:
    """``footfall`` always works; any other name only when a site chose it."""
    assert client.get(path).status_code == status


def test_core_web_vitals_lie_beside_the_script_of_a_site_that_wants_them(client: FlaskClient, directory: Directory) -> None:
    """Under the name that the owner chose, so that no block list knows it by heart."""
    assert client.get("/js/kiosk-vitals.js").status_code == 404
    wanted = SiteSettings(script="js/kiosk", features=("vitals",))
    directory.replace([Site(id="a", domain="example.org", settings=wanted)])
    answer = client.get("/js/kiosk-vitals.js", headers={"Accept-Encoding": "br"})
    assert (answer.status_code, answer.data) == (200, (folder("built") / "vitals.js.br").read_bytes())
    assert client.get("/js/footfall-vitals.js").status_code == 404


def test_a_script_may_be_called_like_what_lies_beside_another(client: FlaskClient, directory: Directory) -> None:
    directory.replace([Site(id="a", domain="example.org", settings=SiteSettings(script="js/shop-vitals"))])
    assert client.get("/js/shop-vitals.js").data == BEACON


def test_a_new_name_works_at_once(client: FlaskClient, directory: Directory) -> None:
    """An owner who changes the setting does not restart anything."""
    assert client.get("/pulse.js").status_code == 404
    directory.replace([Site(id="a", domain="example.org", settings=SiteSettings(script="pulse"))])
    assert client.get("/pulse.js").data == BEACON


def test_the_response_says_all_that_browsers_need(client: FlaskClient) -> None:
    """Every header of the answer, by name and value: any site may load it, for a day, and there is no other header."""
    assert dict(client.get("/js/footfall.js").headers) == {
        "Content-Type": "text/javascript; charset=utf-8",
        "Content-Length": str(len(BEACON)),
        "Cache-Control": "public, max-age=86400",
        "Vary": "Accept-Encoding",
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
    }


@pytest.mark.parametrize("name", CONDITIONS)
def test_everybody_gets_the_same_answer(client: FlaskClient, name: str) -> None:
    """Invariant 4: whatever a browser says of itself or sends back, bytes and headers stay the same."""
    answer = client.get("/js/footfall.js", headers=CONDITIONS[name])
    plain = client.get("/js/footfall.js")
    assert (answer.status_code, answer.data, dict(answer.headers)) == (200, BEACON, dict(plain.headers))


@pytest.mark.parametrize(("accepted", "encoding"), [
    ("gzip, deflate, br, zstd", "br"),
    ("gzip, deflate", "gzip"),
    ("br;q=0, gzip", "gzip"),
    ("identity", None),
    ("", None),
])  # fmt: skip
def test_the_smallest_form_that_the_browser_reads_is_sent(client: FlaskClient, accepted: str, encoding: str | None) -> None:
    """Brotli before gzip before plain."""
    answer = client.get("/js/footfall.js", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("Content-Encoding") == encoding
    assert answer.data == (folder("built") / f"beacon.js{scripts.ENCODINGS[encoding or 'identity']}").read_bytes()


def test_compressed_is_the_same_script() -> None:
    """gzip holds just the bytes of the plain file; tests/test_build.py reads the brotli form with Node."""
    assert gzip.decompress((folder("built") / "beacon.js.gz").read_bytes()) == BEACON
