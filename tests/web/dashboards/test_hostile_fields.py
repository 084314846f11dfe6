"""T20: whatever strangers send, in any field that is kept, is text wherever it is shown."""

from collections.abc import Callable

import pytest

from analytics.config import Config
from analytics.model import Row
from analytics.query.dimensions import DIMENSIONS, Kind
from tests.web.page import Page, Visit

PROBE = "\"><img src=x onerror=alert(1)></title><script>alert(1)</script>'onload='alert(1){{7*7}}"
FIELDS = ("hostname", *Row.__struct_fields__[Row.__struct_fields__.index("referrer") :])
"""Texts that a visit is kept with, besides its pages and events."""
PROPERTY = f"plan{PROBE}"[:40]
PANELS = "sections flow hours pages entry-pages exit-pages sources channels referrers campaigns click-ids countries map regions languages devices"
MORE = "screens browsers systems events outbound downloads forms missing vitals properties"


def _blocks() -> str:
    """A dashboard of the owner's own with a panel for each dimension that has values."""
    named = [name for name, row in DIMENSIONS.items() if row.kind is not Kind.TIME and not name.endswith("*") and name != "event:goal"]
    panel = '[[panel]]\nname = "p{0}"\ntitle = "{1}"\nform = "bars"\nquery.metrics = ["visitors"]\nquery.dimensions = [\'{1}\']\n'
    return "".join(panel.format(number, name) for number, name in enumerate(named))


@pytest.fixture
def hostile(config: Config, visit: Visit) -> None:
    """Visits that are hostile in every field, each field in its own words, and a dashboard that shows them all."""
    fields = {name: name + PROBE for name in FIELDS}
    for name in ("pageview", f"name{PROBE}", "404", "Outbound Link: Click", "File Download", "Form: Submission", "Web Vitals"):
        props = {PROPERTY: f"value{PROBE}", "url": f"javascript:alert(1)//url{PROBE}", "from": f"from{PROBE}", "lcp": f"9{PROBE}"}
        visit(f"/path{PROBE}", f"/path{PROBE}/next", times=6, name=name, props=props, **fields)
    (config.data / "dashboards").mkdir()
    (config.data / "dashboards" / "all.toml").write_text(f'title = "All"\n{_blocks()}', encoding="utf-8")


@pytest.mark.usefixtures("hostile")
def test_every_field_that_is_kept_is_text(browse: Callable[..., Page]) -> None:
    """On the dashboard, tab by tab, by each dimension, in the last half hour, in details and in forms; and there it stands."""
    queries = [*(f"?show={panel}" for panel in f"{PANELS} {MORE}".split()), "?dashboard=all", "?panel=pages", "?panel=missing"]
    queries += [f"?show=properties&choose=properties,{PROPERTY}", "?open=filter", "?open=values&about=visit:source,", "/realtime"]
    said = ""
    for query in queries:
        page = browse(query)
        said += "".join(page.texts)
        assert not [tag for tag, each in page.elements if tag == "img" or any(name.startswith("on") for name in each)], query
        assert all(tag != "script" or each.get("src", "").startswith("/static/") for tag, each in page.elements), query
        assert all(link.startswith(("/", "#", "https://")) for link in page.links()), query
    fields = {*FIELDS, "path", "name", "value", "from", "javascript:alert(1)//url"}
    assert {name for name in fields if (name + PROBE).casefold() in said.casefold()} == fields  # a language begins with a capital letter
    assert "alert(1)49" not in said
