"""The register of a site's corrections: makes and undoes them, and makes old ones final.

The decision is kept in the control file, the rows in the site's own file. Order keeps the two together: a correction is
first recorded as proposed, then carried out on the rows, and only then put into effect. Whatever a crash leaves in between,
the store makes the rows follow the corrections in effect before it loads or answers anything.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from threading import RLock
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from analytics.clock import Clock
from analytics.errors import NotFound, QueryError
from analytics.query import corrections as ruling
from analytics.query.answering import Result
from analytics.query.run import Answers
from analytics.site import Correction, Site
from analytics.store.base import Change, Changes, Dialect, Store
from analytics.store.control.corrections import Corrections

UNDO_DAYS = 30
"""Days within which a correction can be undone. After that, what it removed is erased."""


def standing(kept: Corrections, dialect: Dialect) -> Changes:
    """The corrections in effect for a site, in order, as an engine carries them out."""

    def changes(site_id: str) -> list[Change]:
        return [ruling.change(each, dialect) for each in kept.standing(site_id)]

    return changes


class Tried(Struct, frozen=True):
    """A correction's effect before it is made."""

    ask: Callable[[Mapping[str, Any]], Result]
    """As ``Answers.answer``."""
    carry_out: Callable[[], None]
    """Carries the correction out: answers are from then on what they would be."""


class Register:
    """Makes and undoes corrections; safe to use from several threads. A failure changes nothing. ``catch_up`` loads
    everything acknowledged for a site until now."""

    def __init__(
        self,
        store: Store,
        kept: Corrections,
        answers: Answers,
        dialect: Dialect,
        clock: Clock,
        catch_up: Callable[[Site], None],
    ) -> None:
        self._store, self._kept, self._answers, self._dialect, self._clock = store, kept, answers, dialect, clock
        self._catch_up = catch_up
        self._changes = standing(kept, dialect)
        self._turn = RLock()

    def checked(self, correction: Correction) -> Correction:
        """The correction as it would be made now. Raises QueryError with the place of an error."""
        return ruling.checked(self._now(correction), self._dialect)

    def problems(self, correction: Correction) -> list[QueryError]:
        """Everything that ``checked`` would refuse."""
        return list(ruling.problems(self._now(correction), self._dialect))

    def _now(self, correction: Correction) -> Correction:
        return replace(correction, until=ruling.ends_at(self._clock()) if correction.kind == "delete" else None)

    def make(self, site: Site, correction: Correction, *, by: str) -> Correction:
        """Carries a correction out, on existing events and on those to come; returns it with its number. Raises QueryError
        as ``checked`` does, InvalidInput if there are too many, StoreUnavailable."""
        correction = self.checked(correction)
        with self._turn:
            made = self._kept.propose(site, correction)
            changes = [*self._changes(site.id), ruling.change(made, self._dialect)]
            self._store.correct(site, changes, lambda: self._kept.carried_out(site, made, by=by))
        return made

    @contextmanager
    def tried(self, site: Site, correction: Correction, days: tuple[date, date]) -> Iterator[Tried]:
        """A context with the effect of the correction on these days of the site; at its end nothing has changed. Raises
        QueryError as ``checked`` does, StoreUnavailable."""
        first, last = days
        meant = replace(
            self.checked(correction),
            first_day=max(first, correction.first_day or first),
            last_day=min(last, correction.last_day or last),
        )
        changes = [*self._changes(site.id), ruling.change(meant, self._dialect)]
        self._catch_up(site)
        with self._store.trial(site) as trial:
            yield Tried(lambda question: self._answers.answer(site, question, trial), lambda: trial.correct(changes))

    def undo(self, site: Site, number: int, *, by: str) -> None:
        """Restores what a correction removed or rewrote and ends it. A final one only ends: the past stays as it is. Raises
        NotFound, StoreUnavailable."""
        with self._turn:
            if self._kept.find(site, number).settled_at is not None:
                self._kept.ended(site, number, ruling.ends_at(self._clock()), by=by)
            else:
                rest = [change for change in self._changes(site.id) if change.id != number]
                self._store.correct(site, rest, lambda: self._kept.undone(site, number, by=by))

    def erase(self, site: Site, number: int, *, by: str) -> None:
        """Makes a correction final at once instead of after ``UNDO_DAYS``: what it removed can no longer be restored. Of a
        deletion the filters are erased as well, since they may name the very data that had to go. Raises StoreUnavailable;
        NotFound also for one that is final already."""
        with self._turn:
            if self._kept.find(site, number).settled_at is not None:
                raise NotFound("The data this correction removed have already been erased")
            self._catch_up(site)  # once its filters are forgotten, nothing takes out what still waits in the spool
            self._kept.erased(site, number, by=by)
            self._store.correct(site, self._changes(site.id))

    def settle(self, site: Site) -> bool:
        """Makes corrections older than ``UNDO_DAYS`` final; returns whether there were any."""
        with self._turn:
            numbers = self._kept.settle(site.id, int(self._clock()) - UNDO_DAYS * 86400)
            if numbers:
                self._store.correct(site, self._changes(site.id))
            return bool(numbers)
