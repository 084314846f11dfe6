"""Addresses of other makers' scripts: each is answered with the beacon and the features that its name promises."""

import re
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from analytics.features import FEATURES
from analytics.ingest.directory import Directory
from analytics.resources import folder
from analytics.site import Site, SiteSettings
from analytics.web.collector import dropins, scripts
from analytics.web.collector.dropins import EXTENSIONS, NEWER
from analytics.web.collector.script_file import beacon, speaking

WAY = "../api/event"
PAGE = (folder("static").parent / "docs/from-plausible.md").read_text(encoding="utf-8")
ADDRESSES: dict[str, tuple[str, ...]] = {
    "/js/script.js": (),
    "/js/plausible.js": (),
    "/js/script.outbound-links.js": ("outbound",),
    "/js/script.outbound-links.file-downloads.tagged-events.js": ("outbound", "downloads", "tagged"),
    "/js/script.tagged-events.file-downloads.outbound-links.js": ("outbound", "downloads", "tagged"),
    "/js/plausible.hash.exclusions.js": ("options", "exclusions"),
    "/js/script.manual.pageview-props.revenue.compat.local.pageleave.js": ("options",),
    "/js/script.of-tomorrow.js": (),
    "/js/pa-aBc_123.js": NEWER,
}


@pytest.fixture
def directory() -> Directory:
    return Directory([])


@pytest.fixture
def client(directory: Directory) -> FlaskClient:
    app = Flask(__name__)
    app.extensions["footfall"] = SimpleNamespace(directory=directory)
    app.register_blueprint(scripts.blueprint)
    app.register_blueprint(dropins.blueprint)
    return app.test_client()


@pytest.mark.parametrize("address", ADDRESSES)
def test_plausibles_addresses_have_the_features_in_their_names(client: FlaskClient, address: str) -> None:
    """In any order; all of them speak plausible(...)."""
    answer = client.get(address)
    assert (answer.status_code, answer.data) == (200, speaking("plausible.js", ("plausible", *ADDRESSES[address]), WAY).body)
    assert answer.headers["Cache-Control"] == "public, max-age=86400"


def test_googles_address_says_nothing_by_its_id(client: FlaskClient) -> None:
    expected = speaking("gtag.js", ("options",), WAY).body
    assert [client.get(f"/gtag/js{query}").data for query in ("", "?id=G-ABC", "?id=UA-1&l=things")] == [expected] * 3


@pytest.mark.parametrize("address", ["/js/script", "/js/scripts.js", "/js/other.outbound-links.js", "/js/pa.js", "/gtag/js.js", "/gtag"])
def test_what_only_looks_alike_is_not_there(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("script", ["js/script", "js/plausible", "js/pa-shop"])
def test_an_address_that_a_site_chose_is_its_own(client: FlaskClient, directory: Directory, script: str) -> None:
    """With its features and no others, also where it is pinned."""
    directory.replace([Site(id="a", domain="example.org", settings=SiteSettings(script=script, features=("forms",)))])
    own = beacon(("forms",), WAY)
    assert client.get(f"/{script}.js").data == own.body
    assert client.get(f"/{script}.{own.version}.js").data == own.body
    assert client.get(f"/{script}.outbound-links.js").status_code == 404


def test_a_sites_own_script_speaks_googles_calls_when_told_to(client: FlaskClient, directory: Directory) -> None:
    """They need the options of the beacon, which are then there, too."""
    directory.replace([Site(id="a", domain="example.org", settings=SiteSettings(features=("gtag", "forms")))])
    assert client.get("/js/footfall.js").data == speaking("gtag.js", ("forms", "options"), WAY).body


def test_kinds_of_files_that_a_page_adds_stand_beside_the_usual_ones() -> None:
    """``add-file-types`` keeps them: the list in plausible.js is of those that the beacon takes for downloads."""
    scripts_of_pages = folder("static") / "js"
    listed = re.search(r'FILES = "(.*)"', (scripts_of_pages / "plausible.js").read_text(encoding="utf-8"))
    taken = re.search(r'options\.files \|\| "(.*?)"', (scripts_of_pages / "beacon.js").read_text(encoding="utf-8"))
    assert listed
    assert taken
    assert [kind for kind in listed[1].split(",") if not re.fullmatch(taken[1], kind)] == []


def test_the_page_for_people_names_every_name_and_its_feature() -> None:
    """docs/from-plausible.md has a row for each, with the features that the code has for it."""
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (.*) \|$", PAGE.partition("## The npm packages")[0], re.MULTILINE))
    features = {name: tuple(re.findall(r"`(\w+)`", rows[name])[:1]) if "feature" in rows[name].lower() else () for name in EXTENSIONS}
    assert features == EXTENSIONS
    assert {feature for names in EXTENSIONS.values() for feature in names} <= {feature.name for feature in FEATURES}
