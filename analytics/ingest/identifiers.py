"""Properties that identify a person, recognised by their names: user ids, e-mail addresses, order numbers, click ids.

``identifiers.json`` is the only list, in lower case and without punctuation: ``userid`` matches ``user_id``, ``userId`` and
``User-ID``. The gtag shim (static/js/gtag.js) is built with the same file, so that such values do not even leave the
browser. Values that look like identifiers, whatever their name, are left to the scrubber.
"""

import json
from pathlib import Path

NAMES: frozenset[str] = frozenset(json.loads(Path(__file__).with_name("identifiers.json").read_text(encoding="utf-8")))

_PUNCTUATION = str.maketrans("", "", "_-. $")


def identifies(name: str) -> bool:
    """Whether a property of this name is left out because its value would identify a person."""
    return name.lower().translate(_PUNCTUATION) in NAMES
