"""The backup of what the owner decided: the control file and the dashboards, copied into ``backups/`` beside the verified
copies of the sites' files.

A data folder without a control file is restored from there, as a missing site's file is. So ``backups/`` in an otherwise
empty folder is the whole instance again, and together with ``spool/`` it is complete to the last event.
"""

import logging
import time
from pathlib import Path

from analytics.durability import replace_file
from analytics.errors import StoreUnavailable
from analytics.store.control.store import ControlStore

EVERY = 3600.0
"""Seconds between two copies."""
CONTROL = "control.sqlite"
DASHBOARDS = "dashboards"

_log = logging.getLogger(__name__)


class ControlBackup:
    """Makes and restores the backup of the data folder ``data``."""

    def __init__(self, data: Path) -> None:
        self._data, self._backups = data, data / "backups"
        self._looked = float("-inf")

    def restore(self) -> None:
        """Restores the backup into a data folder that has no control file. The control file is copied last, so that an
        interrupted restore is repeated at the next start."""
        kept = self._backups / CONTROL
        if (self._data / CONTROL).exists() or not kept.exists():
            return
        _log.warning("no %s found: restoring the configuration from %s", CONTROL, self._backups)
        _copies(self._backups / DASHBOARDS, self._data / DASHBOARDS)
        replace_file(self._data / CONTROL, kept.read_bytes())

    def make(self, control: ControlStore) -> None:
        """Backs up the present state. Raises StoreUnavailable if the disk refuses or the copy cannot be read back; the
        previous backup is then kept."""
        try:
            self._backups.mkdir(mode=0o700, exist_ok=True)
            control.copy_to(self._backups / CONTROL)
            kept = _copies(self._data / DASHBOARDS, self._backups / DASHBOARDS)
            for gone in {file for file in (self._backups / DASHBOARDS).glob("*.toml") if file.name not in kept}:
                gone.unlink()
        except OSError as error:
            raise StoreUnavailable(f"the configuration could not be backed up to {self._backups}: {error}") from error

    def make_if_due(self, control: ControlStore) -> None:
        """Makes a backup if it is time. A failure is logged, and tried again next time."""
        if time.monotonic() - self._looked >= EVERY:
            self.make_or_log(control)

    def make_or_log(self, control: ControlStore) -> None:
        """Makes a backup at once, such as when the process ends. A failure is logged."""
        self._looked = time.monotonic()
        try:
            self.make(control)
        except StoreUnavailable as problem:
            _log.error("%s", problem)


def _copies(source: Path, target: Path) -> set[str]:
    """Copies the dashboards of one folder into another; returns their names."""
    names = {file.name for file in source.glob("*.toml")}
    if names:
        target.mkdir(mode=0o700, exist_ok=True)
    for name in names:
        replace_file(target / name, (source / name).read_bytes())
    return names
