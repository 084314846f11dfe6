"""The form ``text``: the owner's own paragraphs."""

import re

from msgspec import Struct

from analytics.panels import Panel
from analytics.web.question.asker import Asker


class Text(Struct, frozen=True):
    """The paragraphs of a panel."""

    paragraphs: list[str]


def text(_asker: Asker, panel: Panel) -> Text:
    """The paragraphs, which empty lines separate. Nothing in them is markup."""
    return Text([part.strip() for part in re.split(r"\n\s*\n", panel.text) if part.strip()])
