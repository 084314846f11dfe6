"""Properties that say who somebody is, by their names: user ids, e-mail addresses, order numbers, click ids.

``identifiers.json`` is the one list, in lower case and without punctuation: ``userid`` is ``user_id``, ``userId`` and
``User-ID``. The gtag shim (static/js/gtag.js) is built with the same file, so that their values do not even leave the
browser. Values that look like such, under whatever name, are the scrubber's.
"""

import json
from pathlib import Path

NAMES: frozenset[str] = frozenset(json.loads(Path(__file__).with_name("identifiers.json").read_text(encoding="utf-8")))

_PUNCTUATION = str.maketrans("", "", "_-. $")


def identifies(name: str) -> bool:
    """Whether a property of this name is left out: its value would lead to one person."""
    return name.lower().translate(_PUNCTUATION) in NAMES
