"""Rows as the sessioniser makes them, for tests of what comes after it."""

from datetime import date
from typing import Any

from msgspec import structs

from analytics.model import ApartRow, Row

DAY = date(2026, 6, 1)


def made_row(**fields: Any) -> Row:
    """The plainest page view, with these fields."""
    plain = dict.fromkeys(Row.__struct_fields__, "") | {
        "day": DAY, "time": f"{fields.get('day', DAY)}T12:00:07", "seq": 0, "gap": 0, "visitor": 1, "visit": 2,
        "name": "pageview", "path": "/", "interactive": True, "engaged": 0, "scroll": 0, "revenue": None, "props": {},
    }  # fmt: skip
    return Row(**(plain | fields))


def made_apart(**fields: Any) -> ApartRow:
    """The same, kept apart: by default a crawler's."""
    why = {"reason": "bot", "category": "AI crawler", "who": "GPTBot"}
    own = {name: fields.pop(name) for name in list(why) if name in fields}
    return ApartRow(**(structs.asdict(made_row(**fields)) | why | own))
