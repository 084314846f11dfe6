"""Files follow the flow of an event, and are named by nouns that one can guess."""

import ast
import re
from pathlib import Path

import pytest

LAYOUT = """
README.md pyproject.toml Procfile gunicorn.conf.py Makefile package.json package-lock.json Dockerfile compose.yaml
CHANGELOG.md LICENSE SECURITY.md CONTRIBUTING.md .ci/run hatch_build.py
analytics/__main__.py analytics/wsgi.py analytics/asgi.py analytics/app.py analytics/config.py analytics/cli.py
analytics/model.py analytics/site.py analytics/errors.py analytics/clock.py analytics/domains.py analytics/resources.py analytics/panels.py
analytics/privacy/door.py analytics/privacy/agent.py analytics/privacy/keys.py analytics/privacy/scrubber.py
analytics/ingest/beacon.py analytics/ingest/pipeline.py analytics/ingest/steps analytics/ingest/sessioniser.py
analytics/ingest/spool.py analytics/ingest/writer.py analytics/ingest/collector.py
analytics/store/base.py analytics/store/migrations.py analytics/store/control
analytics/store/duckdb/engine.py analytics/store/duckdb/dialect.py analytics/store/duckdb/schema
analytics/query/dimensions.py analytics/query/metrics.py analytics/query/filters.py analytics/query/query.py
analytics/query/plan.py analytics/query/compile.py analytics/query/run.py analytics/query/sitting.py analytics/query/sections.py
analytics/demo
analytics/web/collector/collect.py analytics/web/api/__init__.py analytics/web/dashboards/pages.py analytics/web/setup/admin.py analytics/web/accounts/auth.py
analytics/web/server/health.py analytics/web/server/errors.py analytics/web/services.py
static/js/beacon.js static/js/dashboard.js dashboards/templates
docs/architecture.md docs/privacy.md docs/adding.md docs/operating.md docs/api.md docs/settings.md docs/dimensions.md
docs/decisions tests/journey tests/architecture tests/docs benchmarks/ingest.py
""".split()  # noqa: SIM905 - a list of literals would be four times as long

NAMELESS = re.compile(r"(^|_)(util(s|ities)?|helpers?|common|misc|tools?|stuff|shared(?!_links)|base_?classes|manager)(_|$)")


@pytest.mark.parametrize("place", LAYOUT)
def test_what_the_design_names_is_there(place: str, root: Path) -> None:
    assert (root / place).exists()


def test_no_module_is_a_drawer_for_everything(modules: dict[str, ast.Module]) -> None:
    """No utils, helpers, common: what has no name of its own has no place of its own yet."""
    parts = {(path, part) for path in modules for part in path.removesuffix(".py").split("/")}
    assert [path for path, part in sorted(parts) if NAMELESS.search(part)] == []


def test_every_module_says_what_it_is_for(modules: dict[str, ast.Module]) -> None:
    """One paragraph of responsibility at the top; an empty ``__init__`` needs none."""
    assert [path for path, tree in modules.items() if tree.body and not ast.get_docstring(tree)] == []


def test_the_privacy_code_can_be_read_in_one_sitting(root: Path) -> None:
    """The files that see an address, a User-Agent or a URL: short enough that an owner does read them."""
    lines = {
        path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in (root / "analytics/privacy").glob("*.py")
    }
    assert sum(lines.values()) <= 900, lines


def test_entry_points_only_enter(modules: dict[str, ast.Module]) -> None:
    """``wsgi``, ``asgi`` and ``__main__`` hold no logic of their own."""
    for path in ("wsgi.py", "asgi.py", "__main__.py"):
        assert len(modules[path].body) <= 12, path


def test_all_that_carries_our_marks_of_unfinished_work_is_finished(texts: dict[str, str]) -> None:
    """A note to do something later is work that was not done."""
    marks = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK", "MEAN" + "WHILE"]) + r")\b")
    assert [name for name, text in texts.items() if name != "package-lock.json" and marks.search(text)] == []
