"""The build: what it makes, that it makes nothing twice, and what it says when it cannot.

Everything happens in a copy of the checkout that borrows the checkout's installed npm packages.
"""

import gzip
import json
import re
import shutil
import subprocess
import sys
import zipfile
from itertools import product
from pathlib import Path

import brotli
import maxminddb
import pytest

import hatch_build
from analytics.features import FEATURES, NAMES
from hatch_build import BUILT, PACKAGES, PRODUCTS, STAMP, BuildFailed, build

ROOT = Path(hatch_build.__file__).parent
COPIED = ("analytics", "static", "dashboards", "hatch_build.py", "package.json", "package-lock.json", ".npmrc",
          "pyproject.toml", "README.md", "LICENSE", "gunicorn.conf.py")  # fmt: skip
MOST = {"": 700, "outbound downloads forms missing": 1100, " ".join(feature.name for feature in FEATURES): 1850}
"""Features of a beacon -> the bytes it may have, compressed with brotli: what visitors wait for."""


def _copy(target: Path) -> Path:
    target.mkdir()
    unwanted = shutil.ignore_patterns("built", "__pycache__", ".*")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target / name, ignore=unwanted)
        else:
            shutil.copyfile(ROOT / name, target / name)
    return target


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the checkout without anything built, its packages installed."""
    copy = _copy(tmp_path / "checkout")
    (copy / PACKAGES).symlink_to(ROOT / PACKAGES)
    return copy


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``analytics/built`` as the present sources make it."""
    copy = _copy(tmp_path_factory.mktemp("build") / "checkout")
    (copy / PACKAGES).symlink_to(ROOT / PACKAGES)
    build(copy)
    return copy / BUILT


def _beacons(built: Path) -> dict[str, str]:
    beacons: dict[str, str] = json.loads(gzip.decompress((built / "beacons.json.gz").read_bytes()))
    return beacons


def test_there_is_a_beacon_for_every_combination_of_features(built: Path) -> None:
    """By the features' names in the order of their table; each says once where it sends to."""
    beacons = _beacons(built)
    names = [feature.name for feature in FEATURES]
    chosen = [[name for name, on in zip(names, switches, strict=True) if on] for switches in product((False, True), repeat=len(names))]
    assert sorted(beacons) == sorted(" ".join(some) for some in chosen)
    assert {script.count('"ENDPOINT"') for script in beacons.values()} == {1}


def test_a_feature_that_is_off_is_not_in_the_script(built: Path) -> None:
    """Nor is any of the constants that switch features."""
    beacons = _beacons(built)
    assert "Outbound Link: Click" in beacons["outbound"]
    assert [text for text in ("Outbound", "Download", "Form:", "404", "plausible", "click", "alert", "init") if text in beacons[""]] == []
    assert [name for name in NAMES if any(re.search(rf"\b{name.upper()}\b", script) for script in beacons.values())] == []


def test_the_beacon_is_small_enough(built: Path) -> None:
    """In the form in which it travels."""
    beacons = _beacons(built)
    sizes = {features: len(brotli.compress(beacons[features].encode(), quality=11)) for features in MOST}
    assert {features: size for features, size in sizes.items() if size > MOST[features]} == {}


def test_countries_can_be_looked_up(built: Path) -> None:
    """The database is one of countries, for both kinds of addresses, and its source is named as it asks to be."""
    with maxminddb.open_database(built / "country.mmdb") as countries:
        assert countries.get("193.0.6.139") == {"country_code": "NL"}
        assert countries.get("2001:67c:2e8:22::c100:68b") == {"country_code": "NL"}
    assert "give attribution to nro.net" in (built / "country.licence.txt").read_text(encoding="utf-8")


def test_robots_have_patterns(built: Path) -> None:
    """A list of regular expressions that JavaScript reads, among them one for the word bot."""
    patterns = json.loads((built / "bots.json").read_text(encoding="utf-8"))
    assert all(isinstance(pattern, str) for pattern in patterns)
    assert len(patterns) > 100
    assert any("bots?" in pattern for pattern in patterns)


def test_each_package_in_a_bundle_has_its_licence_along(built: Path) -> None:
    """Name and version of every package of the lock file that is not for development only."""
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    texts = (built / "licences.txt").read_text(encoding="utf-8")
    headings = re.findall(r"^(\S+ \d\S*) \(", texts, re.MULTILINE)
    used = [(place, package) for place, package in packages.items() if place and not package.get("dev")]
    assert headings == [f"{place.removeprefix('node_modules/')} {package['version']}" for place, package in used]


@pytest.mark.parametrize("folder", ["", "packages/tracker", "tests/journey/routers"])
def test_a_lock_file_names_no_place_to_load_from(folder: str) -> None:
    """Versions and hashes only, so that any registry or mirror will do; our own packages lie in the checkout."""
    packages = json.loads((ROOT / folder / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    packages = {place: package for place, package in packages.items() if "node_modules/" in place and "link" not in package}
    assert [place for place, package in packages.items() if "resolved" in package] == []
    assert [place for place, package in packages.items() if not package["integrity"].startswith("sha512-")] == []


def test_nothing_is_made_twice(checkout: Path) -> None:
    """The second run has nothing to do; a changed source or a changed build has."""
    assert build(checkout)
    assert not build(checkout)
    beacon = checkout / "static/js/beacon.js"
    beacon.write_text(beacon.read_text(encoding="utf-8") + "\nwindow.changed = 1;\n", encoding="utf-8")
    assert build(checkout)
    assert "window.changed=1" in _beacons(checkout / BUILT)[""]
    assert not build(checkout)


def test_what_is_made_no_longer_goes(checkout: Path) -> None:
    """The folder holds the products and the stamp, and nothing from a version before."""
    (checkout / BUILT).mkdir()
    (checkout / BUILT / "of-yesterday.js").write_text("")
    build(checkout)
    assert {path.name for path in (checkout / BUILT).iterdir()} == {*PRODUCTS, STAMP}


def test_a_mistake_in_a_script_names_file_and_line_and_leaves_what_was_built(checkout: Path) -> None:
    """The error is esbuild's own; the last good build stays in use."""
    build(checkout)
    good = (checkout / BUILT / "beacons.json.gz").read_bytes()
    (checkout / "static/js/beacon.js").write_text("let x = ;\n")
    with pytest.raises(BuildFailed, match=r"static/js/beacon\.js[\s\S]*static/js/beacon\.js:1:"):
        build(checkout)
    assert (checkout / BUILT / "beacons.json.gz").read_bytes() == good
    assert [path.name for path in (checkout / "analytics").glob(".built-*")] == []


def test_without_a_registry_the_error_says_what_to_set(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that reaches no registry is told how to name a mirror or proxy."""
    (checkout / PACKAGES).unlink()
    monkeypatch.setenv("npm_config_cache", str(checkout / "empty-cache"))
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    with pytest.raises(BuildFailed, match=r"npm_config_registry[\s\S]*HTTPS_PROXY[\s\S]*NODE_EXTRA_CA_CERTS[\s\S]*ECONNREFUSED"):
        build(checkout)


def test_a_wheel_holds_the_whole_service(checkout: Path, tmp_path: Path) -> None:
    """Templates, dashboards, scripts, styles, gunicorn's settings and all that was built, beside the modules."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path / "dist")]
    subprocess.run(command, cwd=checkout, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if name.startswith("analytics/")}
    expected = {f"analytics/built/{name}" for name in PRODUCTS} | {"analytics/gunicorn.conf.py", f"analytics/built/{STAMP}"}
    for folder, inside in (("analytics", ""), ("static", "analytics/"), ("dashboards", "analytics/")):
        files = (path for path in (checkout / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        expected |= {inside + path.relative_to(checkout).as_posix() for path in files}
    assert names == expected


def test_an_editable_installation_builds_too_and_copies_nothing(checkout: Path, tmp_path: Path) -> None:
    """``pip install --editable`` leaves the files where they can be edited."""
    script = "import sys; from hatchling.build import build_editable; build_editable(sys.argv[1])"
    (tmp_path / "dist").mkdir()
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "dist")], cwd=checkout, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert [name for name in archive.namelist() if name.startswith("analytics/")] == []
    assert {path.name for path in (checkout / BUILT).iterdir()} == {*PRODUCTS, STAMP}
