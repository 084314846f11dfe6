"""A process that ends in the middle of its work on a site's file."""

from typing import Any

import pytest

from analytics.store.duckdb.site_file import SiteFile


class Died(BaseException):
    """Stands for the end of the process."""


class _DyingCursor:
    """The cursor ``real`` of a process that ends before a statement that holds the text ``moment``, or ``after COMMIT``."""

    def __init__(self, real: Any, moment: str) -> None:
        self._real, self._moment = real, moment

    def extract_statements(self, sql: str) -> Any:
        return self._real.extract_statements(sql)

    def execute(self, sql: Any, *parameters: Any) -> Any:
        text = str(getattr(sql, "query", sql))
        if self._moment in text:
            raise Died
        answer = self._real.execute(sql, *parameters)
        if self._moment == f"after {text}":
            raise Died
        return answer

    def close(self) -> None:
        self._real.close()


def dies_at(moment: str, file: SiteFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on a write to the site's file raises ``Died`` at ``moment``."""
    cursors = file._open()
    monkeypatch.setattr(file, "_cursors", cursors._replace(writer=_DyingCursor(cursors.writer, moment)))
