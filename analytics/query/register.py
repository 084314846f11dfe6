"""The register of a site's corrections: making one, taking one back, and settling those that are old.

The decision stands in the control file, the rows are in the site's own. The two are kept together by order: a correction
is noted as proposed, carried out on the rows, and stands only then. Whatever a crash leaves between, the store makes the
rows follow what stands before it takes in or answers anything.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from threading import RLock
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from analytics.clock import Clock
from analytics.errors import NotFound
from analytics.query import corrections as ruling
from analytics.query.answering import Result
from analytics.query.run import Answers
from analytics.site import Correction, Site
from analytics.store.base import Change, Changes, Dialect, Store
from analytics.store.control.corrections import Corrections

UNDO_DAYS = 30
"""Days in which a correction can be undone. Then what it took out is erased."""


def standing(kept: Corrections, dialect: Dialect) -> Changes:
    """What an engine is to carry out for a site: the corrections that stand, in their order."""

    def changes(site_id: str) -> list[Change]:
        return [ruling.change(each, dialect) for each in kept.standing(site_id)]

    return changes


class Tried(Struct, frozen=True):
    """A correction that is looked at before it is made."""

    ask: Callable[[Mapping[str, Any]], Result]
    """As ``Answers.answer``."""
    carry_out: Callable[[], None]
    """From here on answers are what they would be."""


class Register:
    """Makes and takes back corrections; safe to use from several threads. What cannot be done changes nothing.

    ``catch_up`` loads everything acknowledged for a site until now.
    """

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
        """The correction as it would be made now. Raises QueryError with the place of what is wrong."""
        until = ruling.ends_at(self._clock()) if correction.kind == "delete" else None
        return ruling.checked(replace(correction, until=until), self._dialect)

    def make(self, site: Site, correction: Correction, *, by: str) -> Correction:
        """Carries a correction out, on what is there and from now on; returns it with its number.

        Raises QueryError as ``checked`` does, InvalidInput when there are too many, StoreUnavailable.
        """
        correction = self.checked(correction)
        with self._turn:
            made = self._kept.propose(site, correction)
            changes = [*self._changes(site.id), ruling.change(made, self._dialect)]
            self._store.correct(site, changes, lambda: self._kept.carried_out(site, made, by=by))
        return made

    @contextmanager
    def tried(self, site: Site, correction: Correction, days: tuple[date, date]) -> Iterator[Tried]:
        """The correction tried out on these days of the site; at the end nothing has changed. Raises QueryError as
        ``checked`` does, StoreUnavailable."""
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
        """Has back what a correction took out or rewrote; it stands no longer. One that is settled only ends: the past
        stays as it is. Raises NotFound, StoreUnavailable."""
        with self._turn:
            if self._kept.find(site, number).settled_at is not None:
                self._kept.ended(site, number, ruling.ends_at(self._clock()), by=by)
            else:
                rest = [change for change in self._changes(site.id) if change.id != number]
                self._store.correct(site, rest, lambda: self._kept.undone(site, number, by=by))

    def erase(self, site: Site, number: int, *, by: str) -> None:
        """Lets go at once of what a correction took out, which is otherwise kept for ``UNDO_DAYS``: it cannot be had back.
        Of one that deleted its filters are forgotten, too, which may name just what had to go. Raises NotFound, also for
        one that is settled already, StoreUnavailable."""
        with self._turn:
            if self._kept.find(site, number).settled_at is not None:
                raise NotFound("The data this correction removed have already been erased")
            self._catch_up(site)  # once its filters are forgotten, nothing takes out what still waits in the spool
            self._kept.erased(site, number, by=by)
            self._store.correct(site, self._changes(site.id))

    def settle(self, site: Site) -> bool:
        """Lets go of what the corrections older than ``UNDO_DAYS`` took out; whether there was any."""
        with self._turn:
            numbers = self._kept.settle(site.id, int(self._clock()) - UNDO_DAYS * 86400)
            if numbers:
                self._store.correct(site, self._changes(site.id))
            return bool(numbers)
