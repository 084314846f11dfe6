"""Corrections on one site's file: rows removed or rewritten, and restored, always inside the caller's transaction.

One idea carries all of it. Rows enter through ``incoming``, pass through the corrections in order, and end in ``events``,
or in ``set_aside`` as they were before. New rows of a load enter; for a new correction the rows that it applies to enter
again; for an undo those that it had changed. So the tables are always what they would be if the corrections in effect had
always been, whatever was made or undone in between.

``set_aside`` is what an undo restores from: a removed row, or the old page and host of a rewritten one. For a final
correction nothing is kept. The time of a removed row stays with its visit: its ``gap`` is added to the last row that the
visit has left that day (the row's ``heir``). On a sealed day only sums are known, so anything else would remove the
duration of the rows that stay.
"""

from collections.abc import Callable, Sequence

from analytics.model import Reason
from analytics.store.base import Change, Statement
from analytics.store.duckdb.statements import Run, script

_COME, _TAKE, _PUT, _SETTLE = (script(f"corrections/{name}") for name in ("come", "take", "put", "settle"))
_ADMIT, _REOPEN = map(script, ("admit", "reopen"))
_LEDGER = {"reason": Reason.CORRECTED.value}


class Corrector:
    """Carries corrections out on one file, through ``run``, in a transaction that the caller began."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def follow(self, changes: Sequence[Change]) -> bool:
        """Makes the rows follow ``changes``, the corrections in effect, in order. False if they already did."""
        settled: dict[int, bool] = dict(self._run("SELECT correction, settled FROM corrections", {}))
        wanted = {change.id for change in changes}
        gone = [number for number in settled if number not in wanted]
        new = [change for change in changes if change.id not in settled]
        final = [change for change in changes if change.settled and settled.get(change.id) is False]
        for number in gone:
            self._undo(number, [change for change in changes if change.id in settled])
        for change in new:
            settled[change.id] = change.settled
            self._carry_out(change, [each for each in changes if each.id in settled])
        for change in final:
            self._settle(change)
        return bool(gone or new or final)

    def admit(self, changes: Sequence[Change]) -> None:
        """Sends new rows, which are in ``incoming``, through the corrections to where they belong. Their days have to be
        sealed again."""
        self._run(_ADMIT, {})
        if changes:
            self._send_through(changes)
        else:
            self._run("INSERT INTO stored BY NAME SELECT * FROM incoming; DROP TABLE incoming", {})
        self._run(_REOPEN, {})

    def _send_through(self, changes: Sequence[Change]) -> None:
        """New rows, which no correction has been applied to yet."""
        self._run(_COME, {})
        for change in changes:
            if change.settled:
                self._mark(change)
        self._run("UPDATE incoming SET was_path = path, was_hostname = hostname WHERE NOT removed", {})
        self._send_on([change for change in changes if not change.settled])

    def take_back(self, meant: Statement, put: Callable[[], int]) -> int:
        """Takes rows from where the corrections left them; ``meant`` selects their day, visit and seq. ``put`` is called
        while they are in ``incoming``, moves them elsewhere and returns how many there were."""
        self._run(f"CREATE OR REPLACE TEMP TABLE meant AS {meant.sql}", meant.parameters)
        self._run(_TAKE, {})
        rows = put()
        self._run(_REOPEN + _PUT, _LEDGER)
        return rows

    # --- what comes in again --------------------------------------------------------------------------

    def _carry_out(self, change: Change, standing: Sequence[Change]) -> None:
        """A correction that the rows do not follow yet."""
        self._run(_where("CREATE OR REPLACE TEMP TABLE meant AS SELECT day, visit, seq FROM raw", change), change.parameters)
        self._again([each for each in standing if not each.settled or each is change])
        self._run("INSERT INTO corrections VALUES ($id, $settled)", {"id": change.id, "settled": change.settled})

    def _undo(self, number: int, standing: Sequence[Change]) -> None:
        """A correction that is no longer in effect."""
        touched = "SELECT day, visit, seq FROM set_aside WHERE list_contains(corrections, $id)"
        self._run(f"CREATE OR REPLACE TEMP TABLE meant AS {touched}", {"id": number})
        self._again([each for each in standing if not each.settled])
        self._run("DELETE FROM corrections WHERE correction = $id", {"id": number})

    def _again(self, changes: Sequence[Change]) -> None:
        """Sends the rows in ``meant`` through again; final corrections have been applied to them already."""
        self._run(_TAKE + _REOPEN, {})
        self._send_on(changes)

    # --- on the way -----------------------------------------------------------------------------------

    def _send_on(self, changes: Sequence[Change]) -> None:
        for change in changes:
            self._mark(change)
        self._run(_PUT, _LEDGER)

    def _mark(self, change: Change) -> None:
        """Applies one correction to the incoming rows."""
        done = [*_assigned(change)] or ["removed = true"]
        noted = [] if change.settled else ["corrections = list_append(corrections, $correction)"]
        marked = _where(f"UPDATE incoming SET {', '.join(done + noted)}", change)  # noqa: S608 - from the compiler
        self._run(f"{marked} AND NOT removed", {**change.parameters, "correction": change.id})

    def _settle(self, change: Change) -> None:
        """Makes a correction final. A row that a later correction keeps for an undo is kept as this one left it."""
        if change.values:
            kept = _where(f"UPDATE set_aside SET {', '.join(_assigned(change))}", change)  # noqa: S608 - from the compiler
            others = "list_contains(corrections, $correction) AND len(corrections) > 1"
            self._run(f"{kept} AND {others}", {**change.parameters, "correction": change.id})
        self._run(_SETTLE, {"id": change.id, **_LEDGER})


def _where(statement: str, change: Change) -> str:
    return f"{statement} WHERE ({change.condition})"


def _assigned(change: Change) -> list[str]:
    return [f"{column} = {value}" for column, value in change.values.items()]
