"""The beacon's file: which names it has, and that it is no way to tell two visitors apart."""

import base64
import gzip
import hashlib
from types import SimpleNamespace

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient

from analytics.ingest.directory import Directory
from analytics.site import Site, SiteSettings
from analytics.web.collector import script_file, scripts

SETTINGS = SiteSettings(script="js/kiosk", endpoint="read/it", features=("forms", "outbound"))
KIOSK = script_file.of_site(SETTINGS)
BEACON = script_file.of_site(SiteSettings()).body
UNPACK = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}
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
    return Directory([Site(id="a", domain="example.org", settings=SETTINGS)])


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
    (f"/js/kiosk.{KIOSK.version}.js", 200),
    ("/js/kiosk.0123456789ab.js", 200),
    (f"/js/kiosk.{KIOSK.version}.min.js", 404),
    ("/js/kiosk.min.js", 404),
    ("/js/other.0123456789ab.js", 404),
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
    assert (answer.status_code, answer.data) == (200, script_file.built("vitals.js").forms["br"])
    assert client.get("/js/footfall-vitals.js").status_code == 404


def test_a_script_may_be_called_like_what_lies_beside_another(client: FlaskClient, directory: Directory) -> None:
    directory.replace([Site(id="a", domain="example.org", settings=SiteSettings(script="js/shop-vitals"))])
    assert client.get("/js/shop-vitals.js").data == BEACON


def test_a_new_name_works_at_once(client: FlaskClient, directory: Directory) -> None:
    """An owner who changes the setting does not restart anything."""
    assert client.get("/pulse.js").status_code == 404
    directory.replace([Site(id="a", domain="example.org", settings=SiteSettings(script="pulse"))])
    assert client.get("/pulse.js").data == script_file.beacon(("ignore",), "api/event").body


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


def test_a_pinned_script_is_kept_for_good(client: FlaskClient) -> None:
    """Its name is made of its bytes. The name of other bytes is answered with those of today, to be kept for a day only."""
    pinned, stale = client.get(f"/js/kiosk.{KIOSK.version}.js"), client.get("/js/kiosk.0123456789ab.js")
    assert pinned.data == stale.data == KIOSK.body
    assert pinned.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert stale.headers["Cache-Control"] == "public, max-age=86400"


def test_a_site_gets_its_features_and_its_endpoint() -> None:
    """The address is the way from the script, so that both may lie below any path of a proxy."""
    assert KIOSK.body == script_file.beacon(["outbound", "forms"], "../read/it").body
    assert b'new URL("../read/it",' in KIOSK.body
    assert b"Form: Submission" in KIOSK.body
    assert b'new URL("read",' in script_file.of_site(SiteSettings(script="kiosk", endpoint="read")).body
    assert b'new URL("../../../api/event",' in script_file.of_site(SiteSettings(script="a/b/c/d")).body


def test_the_version_and_the_integrity_are_those_of_the_bytes() -> None:
    """As anybody can compute them: openssl dgst -sha384 -binary kiosk.js | base64."""
    assert KIOSK.version == hashlib.sha256(KIOSK.body).hexdigest()[:12]
    assert KIOSK.integrity == "sha384-" + base64.b64encode(hashlib.sha384(KIOSK.body).digest()).decode()


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
    assert UNPACK[encoding](answer.data) == BEACON
