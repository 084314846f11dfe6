"""Folds the small rows of an answer into one, as ``cells.py`` decided, after the sums and before the metrics.

Folding works on the sums of measures, so totals stay what they are, and an average of the folded row is the average over
everything folded. Order, pages, comparison and shares come later and see only folded rows.

Every value is a parameter; identifiers come only from the registries and from these files.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from analytics.query.cells import Folding
from analytics.query.metrics import Metric
from analytics.query.statement import Draft, Scope, select


def folded(draft: Draft, scope: Scope, folding: Folding, totals: str, sums: Mapping[str, str]) -> str:
    """The rows of ``totals`` (one per group; ``sums`` maps column -> type) with the small ones folded into one; returns the
    table's name. Attributes of the person are folded within each combination of everything else. If content is folded, too,
    that follows."""
    people = [key for key, asked in zip(scope.keys, scope.dimensions, strict=True) if asked.dimension.person]
    content = [key for key in scope.keys if key not in people and key != scope.time]
    passes = [_Pass("people", people, people, _FEW)] if people else []
    if folding.content and content:
        passes.append(_Pass("content", content, [*content, *people], _OVERLAPPING))
    for one in passes:
        totals = one.over(draft, scope, folding, totals, sums)
    return totals


_FEW = "coalesce(sum(visitors) OVER earlier, 0) BETWEEN 1 AND {k} - 1"
"""The folded rows so far have fewer than k visitors: the next row must join them."""
_OVERLAPPING = "coalesce(last_value(visitors) OVER earlier, {k}) < {k}"
"""The same for rows that may share visitors: only a row that has k itself guarantees k."""


class _Pass(Struct, frozen=True):
    """One pass over the rows."""

    name: str
    told_by: Sequence[str]
    """The keys that distinguish rows; in a folded row all of them are the label."""
    merged: Sequence[str]
    """The keys that a folded row loses."""
    more: str
    """The condition under which a row of k or more is folded with the smaller ones."""

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
        """The rows with a column ``small``, which says whether each is folded. They are visited from the smallest."""
        k, label = draft.bind(folding.k), draft.bind(folding.label)
        already = f"({' AND '.join(f'{key} = {label}' for key in self.told_by)})"
        order = ", ".join([f"{already} DESC", "visitors", *scope.keys])
        within = ", ".join(key for key in scope.keys if key not in self.merged)
        parts = f"PARTITION BY {within} " if within else ""
        window = f"WINDOW earlier AS ({parts}ORDER BY {order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
        small = f"{already} OR visitors < {k} OR {self.more.format(k=k)} AS small"
        return select(["*", small], totals, window)


def withheld(draft: Draft, scope: Scope, folding: Folding, metric: Metric) -> str:
    """A SQL condition for rows whose numbers are not reported (null); empty if there are none. A filter by a value that
    cannot be told apart matches nobody, which must not mean that nobody has it."""
    found = []
    if folding.unnamed and not scope.keys:
        found.append("visitors = 0")
    if folding.content:
        few = [*(["visitors"] if folding.filtered else []), *([metric.over] if metric.over else [])]
        found += [f"{measure} BETWEEN 1 AND {draft.bind(folding.k)} - 1" for measure in few]
    return " OR ".join(found)
