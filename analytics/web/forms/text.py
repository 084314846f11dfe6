"""The form ``text``: paragraphs of the owner's own, as they were written."""

import re

from msgspec import Struct

from analytics.panels import Panel
from analytics.web.question.asker import Asker


class Text(Struct, frozen=True):
    """What is read in a panel."""

    paragraphs: list[str]


def text(_asker: Asker, panel: Panel) -> Text:
    """Its paragraphs, which empty lines part. Nothing in them is markup."""
    return Text([part.strip() for part in re.split(r"\n\s*\n", panel.text) if part.strip()])
