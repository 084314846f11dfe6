"""The rows of an answer with the small ones made one, by what ``cells.py`` found: between the sums and the metrics.

Folding works on the sums of measures, so the totals stay what they are, and an average of the folded row is the average
of what was folded. Order, pages, comparison and shares come after it and see the folded rows alone.

Every value is a parameter; identifiers come from the registries and from these files alone.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from analytics.query.cells import Folding
from analytics.query.metrics import Metric
from analytics.query.statement import Draft, Scope, select


def folded(draft: Draft, scope: Scope, folding: Folding, totals: str, sums: Mapping[str, str]) -> str:
    """The rows of ``totals`` (one a group, with ``sums``: column -> type) with the small ones made one; the table's name.

    What people are told apart by is folded within each row of everything else. Where content is folded, too, that
    comes after it.
    """
    people = [key for key, asked in zip(scope.keys, scope.dimensions, strict=True) if asked.dimension.person]
    content = [key for key in scope.keys if key not in people and key != scope.time]
    passes = [_Pass("people", people, people, _FEW)] if people else []
    if folding.content and content:
        passes.append(_Pass("content", content, [*content, *people], _OVERLAPPING))
    for one in passes:
        totals = one.over(draft, scope, folding, totals, sums)
    return totals


_FEW = "coalesce(sum(visitors) OVER earlier, 0) BETWEEN 1 AND {k} - 1"
"""What is folded so far is fewer than k: the next row has to go with it."""
_OVERLAPPING = "coalesce(last_value(visitors) OVER earlier, {k}) < {k}"
"""The same for rows that may have visitors in common: only one that has k itself makes sure of k."""


class _Pass(Struct, frozen=True):
    """One pass over the rows."""

    name: str
    told_by: Sequence[str]
    """The keys by which a row is told apart; folded, all of them are the label."""
    merged: Sequence[str]
    """The keys that a folded row loses."""
    more: str
    """When a row of k or more is folded with those before it."""

    def over(self, draft: Draft, scope: Scope, folding: Folding, totals: str, sums: Mapping[str, str]) -> str:
        """The rows after the pass; returns the table's name."""
        label, keys = draft.bind(folding.label), ", ".join(scope.keys)
        judged = draft.table(f"{self.name}_judged", self._judged(draft, scope, folding, totals))
        lost = [f"CASE WHEN small THEN {label} ELSE {key} END AS {key}" for key in self.merged]
        kept = [key for key in scope.keys if key not in self.merged]
        named = draft.table(f"{self.name}_named", select([*kept, *lost, *sums], judged))
        added = [f"CAST(sum({name}) AS {kind}) AS {name}" for name, kind in sums.items()]
        return draft.table(f"{self.name}_folded", select([*scope.keys, *added], named, f"GROUP BY {keys}"))

    def _judged(self, draft: Draft, scope: Scope, folding: Folding, totals: str) -> str:
        """The rows with ``small``: whether each is folded. They are gone through the smallest first."""
        k, label = draft.bind(folding.k), draft.bind(folding.label)
        already = f"({' AND '.join(f'{key} = {label}' for key in self.told_by)})"
        order = ", ".join([f"{already} DESC", "visitors", *scope.keys])
        within = ", ".join(key for key in scope.keys if key not in self.merged)
        parts = f"PARTITION BY {within} " if within else ""
        window = f"WINDOW earlier AS ({parts}ORDER BY {order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
        small = f"{already} OR visitors < {k} OR {self.more.format(k=k)} AS small"
        return select(["*", small], totals, window)


def withheld(draft: Draft, scope: Scope, folding: Folding, metric: Metric) -> str:
    """Where a number of a row is not said (null), as a condition of SQL; empty: nowhere.

    A filter by what cannot be told apart leaves nobody; that this is so does not mean that there is nobody.
    """
    found = []
    if folding.unnamed and not scope.keys:
        found.append("visitors = 0")
    if folding.content:
        few = [*(["visitors"] if folding.filtered else []), *([metric.over] if metric.over else [])]
        found += [f"{measure} BETWEEN 1 AND {draft.bind(folding.k)} - 1" for measure in few]
    return " OR ".join(found)
