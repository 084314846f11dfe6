"""Explains a panel: the definition of each of its numbers, and the questions behind them in the form of the stats API."""

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from analytics.errors import FootfallError
from analytics.panels import Panel
from analytics.query.dimensions import find
from analytics.query.metrics import METRICS
from analytics.web.dashboards.readiness import Readiness
from analytics.web.forms import READERS
from analytics.web.language import _
from analytics.web.question.asker import Asker
from analytics.web.question.selection import Selection


class Meaning(Struct, frozen=True):
    """A word in a panel's column heads, with its definition."""

    label: str
    definition: str


class Asked(Struct, frozen=True):
    """A question that the panel asked, as JSON, and a command that sends it to the API."""

    json: str
    command: str


class Behind(Struct, frozen=True, kw_only=True):
    """The explanation of a panel."""

    panel: Panel
    meanings: list[Meaning]
    filters: list[str]
    """The reader's, in words."""
    questions: list[Asked]
    """Empty for those who have no key: viewers of a part of the site, and the public."""
    closed: Selection


def behind(asker: Asker, panel: Panel, address: str) -> Behind:
    """Asks the panel's questions and describes them; ``address`` is that of the API."""
    if panel.form in READERS and Readiness(asker).met(panel):
        _put(asker, panel)
    selection = asker.selection
    told = asker.asked if asker.viewer.sees_everything else []
    return Behind(
        panel=panel,
        meanings=list(_meanings(asker)),
        filters=[each.said(asker.segments) for each in selection.filters],
        questions=[_asked(asker.site.domain, question, f"{address}/{endpoint}") for endpoint, question in told],
        closed=selection.opened(""),
    )


def _put(asker: Asker, panel: Panel) -> None:
    """Asks everything that the panel asks. Questions that cannot be answered are recorded all the same."""
    try:
        READERS[panel.form](asker, panel)
    except FootfallError:
        return


def _meanings(asker: Asker) -> Iterator[Meaning]:
    questions = [question for _endpoint, question in asker.asked]
    for name in dict.fromkeys(name for question in questions for name in question.get("dimensions", ())):
        found = find(name)
        if found:
            yield Meaning(_(found.dimension.label), _(found.dimension.definition))
    metrics = dict.fromkeys(name for question in questions for name in question.get("metrics", ()) if name in METRICS)
    for name in metrics:
        metric = asker.metric(name)
        yield Meaning(_(metric.label), _(metric.definition))


def _asked(domain: str, question: Mapping[str, Any], address: str) -> Asked:
    written = _written({"site_id": domain, **question})
    command = (
        f'curl -sS {shlex.quote(address)} -H "Authorization: Bearer $FOOTFALL_KEY"'
        f" -H 'Content-Type: application/json' -d {shlex.quote(written)}"
    )
    return Asked(written, command)


def _written(question: Mapping[str, Any]) -> str:
    """The question as JSON, with a line for each of its parts."""
    parts = [f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in question.items()]
    return "{\n" + ",\n".join(parts) + "\n}"
