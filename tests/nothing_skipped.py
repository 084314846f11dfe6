"""In CI nothing is skipped: a run there that leaves a test out has failed, whatever the others say.

A pytest plugin; tests/conftest.py names it. "CI" is where the environment says ``CI=true``.
"""

import os

import pytest

FAILED = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Names the tests that were left out, above pytest's closing line."""
    for report in _skipped(terminalreporter.config):
        terminalreporter.write_line(f"SKIPPED {report.nodeid}: in CI that is a failure", red=True)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fails the run."""
    if _skipped(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = FAILED


def _skipped(config: pytest.Config) -> list[pytest.TestReport | pytest.CollectReport]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") != "true" or reporter is None:
        return []
    return list(reporter.stats.get("skipped", []))
