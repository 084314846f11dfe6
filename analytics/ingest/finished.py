"""Finished segments of the spool: closed, read to their end and loaded, but kept until backups contain what is in them.

Each has a note beside it, ``<segment>.done``, that says how far each site's part of it went. If a site's file comes back
older than it was (a broken write-ahead log, a restored backup), the notes show which segments to read again.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from msgspec import MsgspecError, json

from analytics.ingest.spool import made_at

_DONE = ".done"


class FinishedSegments:
    """The finished segments in ``folder``, and what the sites' backups have of them.

    Changed under the writer's lock, except by ``delete_covered``; may be read meanwhile.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ends = _notes(folder)
        """Segment -> site id -> offset at which the site's part of it ends."""
        self._backed_up: dict[str, Mapping[str, int]] = {}
        """Site id -> segment -> offset up to which the site's backup has it."""

    def __contains__(self, segment: str) -> bool:
        return segment in self._ends

    def add(self, segment: str, ends: dict[str, int]) -> None:
        """Notes that a segment is finished; ``ends`` maps the ids of the sites in it to the offsets of their last parts."""
        note = self._folder / f"{segment}{_DONE}"
        note.with_suffix(".new").write_bytes(json.encode(ends))
        note.with_suffix(".new").replace(note)
        self._ends[segment] = ends

    def reopen(self, site_id: str, stored: Mapping[str, int]) -> None:
        """Forgets the segments with rows that the site's file, which has them up to the ``stored`` offsets, lacks: they have
        to be read again."""
        for segment in [name for name, ends in self._ends.items() if stored.get(name, 0) < ends.get(site_id, 0)]:
            del self._ends[segment]

    def forget_site(self, site_id: str) -> None:
        """A site that was removed needs no backup."""
        for ends in self._ends.values():
            ends.pop(site_id, None)

    def backed_up(self, site_id: str, positions: Mapping[str, int]) -> None:
        """Notes that the site's backup has each segment up to these positions."""
        self._backed_up[site_id] = positions

    def sites(self) -> set[str]:
        """The ids of the sites with rows in finished segments."""
        return {site_id for ends in self._ends.copy().values() for site_id in ends}

    def lacks_backup(self, site_id: str) -> bool:
        """Whether finished segments have rows of the site that its backup lacks."""
        covered = self._backed_up.get(site_id, {})
        return any(covered.get(name, 0) < ends.get(site_id, 0) for name, ends in self._ends.copy().items())

    def delete_covered(self) -> None:
        """Deletes the segments of which every site's backup has everything."""
        for name, ends in self._ends.copy().items():
            if all(self._backed_up.get(site_id, {}).get(name, 0) >= end for site_id, end in ends.items()):
                (self._folder / name).unlink(missing_ok=True)
                (self._folder / f"{name}{_DONE}").unlink(missing_ok=True)
                self._ends.pop(name, None)

    def oldest(self) -> float | None:
        """When the oldest of them was created, in seconds since the epoch; None if there is none."""
        oldest = min(self._ends.copy(), default=None)  # their names begin with that time
        return None if oldest is None else made_at(oldest)


def _notes(folder: Path) -> dict[str, dict[str, int]]:
    notes = {}
    for path in folder.glob(f"*{_DONE}"):
        with suppress(MsgspecError):  # cut short by a power cut: the segment is read again
            notes[path.name.removesuffix(_DONE)] = json.decode(path.read_bytes(), type=dict[str, int])
    return notes
