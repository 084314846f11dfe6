"""What each form of panel shows: its answer as words and links, ready to be rendered. One file per form."""

from collections.abc import Callable

from analytics.panels import Panel
from analytics.web.forms.bars import Table, bars
from analytics.web.forms.flow import Flow, flow
from analytics.web.forms.funnel import Funnel, funnel
from analytics.web.forms.goals import goals
from analytics.web.forms.heat import Heat, heat
from analytics.web.forms.ledger import LedgerSheet, ledger
from analytics.web.forms.listing import Column
from analytics.web.forms.map import Map, world_map
from analytics.web.forms.number import Numbers, numbers
from analytics.web.forms.properties import Properties, properties
from analytics.web.forms.regions import Places, places
from analytics.web.forms.revenue import Revenue, revenue
from analytics.web.forms.table import Sheet, sheet
from analytics.web.forms.text import Text, text
from analytics.web.forms.timeseries import Series, series
from analytics.web.forms.tree import tree
from analytics.web.forms.vitals import Vitals, vitals
from analytics.web.question.asker import Asker

Content = (
    Numbers
    | Series
    | Table
    | LedgerSheet
    | Sheet
    | Text
    | Flow
    | Funnel
    | Heat
    | Map
    | Places
    | Properties
    | Revenue
    | Vitals
)


def columns_of(content: Content) -> list[Column]:
    """The columns that rows can be sorted by; none if there are no rows."""
    match content:
        case Table() | Sheet() | LedgerSheet() | Vitals():
            return content.columns
        case Map() | Places() | Properties() | Revenue():
            return content.table.columns if content.table else []
        case _:
            return []


READERS: dict[str, Callable[[Asker, Panel], Content]] = {
    "number": numbers,
    "timeseries": series,
    "bars": bars,
    "tree": tree,
    "map": world_map,
    "regions": places,
    "heat": heat,
    "funnel": funnel,
    "flow": flow,
    "table": sheet,
    "text": text,
    "goals": goals,
    "properties": properties,
    "revenue": revenue,
    "vitals": vitals,
    "ledger": ledger,
}
"""Form of a panel -> what makes its content. A ``live`` panel has none: it is the line beside the site's name."""
