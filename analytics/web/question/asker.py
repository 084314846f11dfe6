"""Asks the questions of one dashboard: each combines the panel's own part with the reader's selection, for one site."""

from collections.abc import Mapping, Sequence
from copy import copy
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from analytics.clock import Clock, local_time
from analytics.errors import QueryError
from analytics.panels import Panel
from analytics.query.answering import Result
from analytics.query.flow import FlowResult
from analytics.query.funnel import FunnelResult
from analytics.query.metrics import METRICS, Metric
from analytics.query.run import Answers
from analytics.query.sitting import Sitting
from analytics.site import Site
from analytics.store.control.store import ControlStore
from analytics.web.accounts.viewer import Viewer
from analytics.web.language import _, marked, told
from analytics.web.question.filters import Filter
from analytics.web.question.selection import Selection

Row = Mapping[str, Any]
"""One row of an answer, as in the stats API: ``dimensions``, ``metrics`` and, if asked for, ``comparison``."""


HONEST = {
    "visitors": (marked("Visitors"), marked("Daily visitors")),
    "percentage": (marked("Share of visitors"), marked("Share of daily visitors")),
    "conversion_rate": (marked("Conversion, all visitors"), marked("Conversion, all daily visitors")),
    "group_conversion_rate": (marked("Conversion, visitors in the row"), marked("Conversion, daily visitors in the row")),
}
"""Metrics whose label depends on the days: on a single day, and over several days, whose visitors are added up (D37)."""


CONVERTED = {
    "visitors": (
        (marked("Unique conversions"), marked("Daily unique conversions")),
        marked(
            "Visitors who did what the filter names. Each counts once per day; over several days, the daily counts "
            "are added up."
        ),
    ),
    "events": (
        (marked("Total conversions"), marked("Total conversions")),
        marked("How often visitors did what the filter names, including repeats."),
    ),
}
"""Label and definition of metrics that differ while the reader filters by a goal or an event."""


class Asker:
    """Asks a panel's questions for one site under the reader's selection. The sitting belongs to the viewer: it adds their
    filters to every question."""

    def __init__(
        self, answers: Answers, sitting: Sitting, site: Site, selection: Selection, clock: Clock, viewer: Viewer,
        control: ControlStore,
    ) -> None:  # fmt: skip
        self.answers = answers
        self._clock = clock
        self.control = control
        """What the owner laid down: goals, funnels and notes."""
        self.segments = control.segments.all(site) if viewer.sees_everything else []
        """The site's that this viewer may use."""
        self._sitting = sitting
        self.site = site
        self.selection = replace(selection, first_weekday=site.settings.first_weekday)
        self.viewer = viewer
        self.moment = local_time(clock(), site.timezone)
        """Now, on the site's clock, with its offset; ``now`` is without it."""
        self.now = self.moment.replace(tzinfo=None)
        self.today = self.now.date()
        self.days = selection.days(self.today)
        """First and last day shown; for all time known when a question was answered."""
        self.shown: list[str] | None = None
        """First and last second shown, ISO, once a question was answered."""
        self.compared: list[str] | None = None
        """First and last second of what is compared with, ISO, once known."""
        self.unnamed: dict[str, int] = {}
        """Dimensions of which a filter names a value of fewer visitors than may be told apart, and how many that is."""
        self.asked: list[tuple[str, dict[str, Any]]] = []
        """The questions that were put for panels, as the stats API takes them, each behind the name of its endpoint."""
        self.answered: list[Result] = []
        """Their answers, of questions to ``query``."""
        self.walked: list[FunnelResult | FlowResult] = []
        """Their answers, of funnels and flows."""

    def choosing(self, selection: Selection) -> "Asker":
        """Another asker of the same sitting, with another selection: its answers come from the same state of the rows."""
        return Asker(self.answers, self._sitting, self.site, selection, self._clock, self.viewer, self.control)

    @property
    def summed(self) -> bool:
        """Whether the number of visitors is a sum over several days."""
        return self.days is None or self.days[0] != self.days[1]

    def ask(
        self,
        panel: Panel,
        *,
        compare: bool = False,
        narrow: Sequence[Any] = (),
        of: Selection | None = None,
        **changes: Any,
    ) -> Result:
        """The engine's answer, each amount of money with its currency. ``narrow`` adds filters, ``changes`` replace parts
        of the question, ``of`` replaces the reader's selection."""
        about = self._about(panel, of or self.selection)
        question = {"metrics": list(panel.query.metrics), **about, "filters": [*about["filters"], *narrow]}
        if panel.query.dimensions:
            question["dimensions"] = list(panel.query.dimensions)
        if panel.query.order_by:
            question["order_by"] = [list(each) for each in panel.query.order_by]
        include = dict(changes.pop("include", {}))
        if compare:
            include |= self.selection.comparison()
        if include:
            question["include"] = include
        question |= changes
        self._note("query", question)
        found = self._sitting.answer(question)
        found = replace(found, results=found.written(), revenue=None) if found.revenue else found
        self.answered.append(found)
        if "date_range" not in changes:
            self._remember(found)
        return found

    def funnel(self, panel: Panel, steps: Sequence[Any], *, strict: bool) -> FunnelResult:
        """How many visits reached each step, compared as the reader chose."""
        question = {**self._about(panel, self.selection), "steps": list(steps), "order": "strict" if strict else "loose"}
        include = self.selection.comparison()
        question |= {"include": include} if include else {}
        self._note("funnel", question)
        found = self._sitting.funnel(question)
        self.walked.append(found)
        self._remember(found)
        return found

    def flow(self, panel: Panel, around: Sequence[Any]) -> FlowResult:
        """What visits saw before and after ``around``, a filter."""
        query = panel.query
        wanted = {"around": list(around), "by": query.by, "before": query.before, "after": query.after, "limit": query.limit}
        question = {**self._about(panel, self.selection), **wanted}
        self._note("flow", question)
        found = self._sitting.flow(question)
        self.walked.append(found)
        self._remember(found)
        return found

    def _note(self, endpoint: str, question: Mapping[str, Any]) -> None:
        self.asked.append((endpoint, {**question, "filters": [*self.viewer.filters, *question["filters"]]}))

    def _about(self, panel: Panel, selection: Selection) -> dict[str, Any]:
        """The days and the filters of a panel's question: its own and the reader's filters, all of which have to hold."""
        filters = [*panel.query.filters, *(each.question for each in selection.filters)]
        return {"date_range": selection.date_range(self.today), "filters": filters}

    def check(self, wanted: Filter) -> None:
        """Raises QueryError for a filter that cannot be used: a goal or segment that does not exist, an invalid pattern."""
        self._sitting.check([wanted.question])

    def leave_out(self) -> list[str]:
        """Continues without those of the reader's filters that cannot be used; returns messages about them."""
        left_out = []
        for each in self.selection.filters:
            try:
                self.check(each)
            except QueryError as error:
                self.selection = self.selection.removed(each)
                words = each.said(self.segments)
                left_out.append(_("The filter “%(filter)s” is not used: %(problem)s.", filter=words, problem=told(error)))
        return left_out

    def unfiltered(self) -> "Asker":
        """An asker without the reader's filters."""
        found = copy(self)
        found.selection = self.selection.unfiltered()
        return found

    def _remember(self, found: Result | FunnelResult | FlowResult) -> None:
        self.shown = found.query["date_range"]
        first, last = map(datetime.fromisoformat, self.shown)
        self.days = self.days or (first.date(), last.date())
        self.compared = found.query.get("comparison_date_range", self.compared)
        few = found.meta.get("small_cells", {})
        self.unnamed |= dict.fromkeys(few.get("dimensions", ()), few.get("fewer_than", 0))

    def figures(self, metrics: Sequence[str]) -> tuple[Any, ...]:
        """These metrics over all the selected days, without the reader's filters."""
        question = {"metrics": list(metrics), "date_range": self.selection.date_range(self.today)}
        found = self._sitting.answer(question)
        self._remember(found)
        return tuple(found.results[0]["metrics"])

    def names(self) -> frozenset[str]:
        """The names of all events ever counted on the site, whatever is selected and whoever looks: for finding out what is
        in use there. Raises StoreUnavailable."""
        question = {"metrics": ["events"], "dimensions": ["event:name"], "date_range": "all"}
        return frozenset(row["dimensions"][0] for row in self.answers.answer(self.site, question).results)

    def metric(self, name: str) -> Metric:
        """A metric with the label that is right for this selection: visitors of several days are daily visitors, and so are
        the shares and conversions of them; under a filter by a goal, visitors are conversions."""
        entry = METRICS[name]
        labels, definition = HONEST.get(name, (entry.label, entry.label)), entry.definition
        if self.selection.converts:
            labels, definition = CONVERTED.get(name, (labels, definition))
        return replace(entry, label=labels[self.summed], definition=definition)
