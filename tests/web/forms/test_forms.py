"""The forms of panels as a browser without JavaScript gets them: exact figures, links, and hostile values as text."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from analytics.config import Config
from analytics.resources import folder
from analytics.site import Funnel, Site
from analytics.web.accounts.viewer import Viewer
from analytics.web.dashboards import pages
from analytics.web.forms.heat import happened
from analytics.web.forms.map import world_of
from analytics.web.services import Services
from tests.web.dashboards.test_pages import HOSTILE
from tests.web.page import TODAY, Page, Visit

Browse = Callable[..., Page]
Write = Callable[[str], None]


@pytest.fixture
def write(config: Config) -> Write:
    """Puts panels of the owner's own, ``dashboards/own.toml``, beside the others: ``?dashboard=own``."""

    def write(blocks: str) -> None:
        folder = config.data / "dashboards"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "own.toml").write_text('title = "Own"\n' + blocks, encoding="utf-8")

    return write


# --- map and regions -------------------------------------------------------------------------------------


def test_the_map_has_every_country_and_says_what_is_not_on_it(browse: Browse, visit: Visit) -> None:
    """Countries as shapes, small ones as dots, unknown places beside it; all of them in the table."""
    for country, times in (("DE", 12), ("FR", 6), ("SG", 5), ("", 7)):
        visit("/", country=country, times=times)
    page = browse("?show=map")
    shapes = [attributes for tag, attributes in page.elements if tag in ("path", "circle") and "level" in attributes.get("class", "")]
    assert [each["class"] for each in shapes] == ["level-5", "level-3", "level-2"]
    assert [sorted(each) for each in shapes] == [["class", "d"], ["class", "d"], ["class", "cx", "cy", "r"]]
    assert "Not on the map: Unknown 7" in page.text
    assert page.rows[page.rows.index(["Country", "Visitors"]) :][:5] == [
        ["Country", "Visitors"], ["Germany", "12"], ["Unknown", "7"], ["France", "6"], ["Singapore", "5"],
    ]  # fmt: skip
    assert [("f", "is,visit:country_name,Germany"), ("show", "map")] in page.state()


def test_a_country_on_the_map_is_the_way_to_it_and_back(browse: Browse, visit: Visit) -> None:
    """Its shape is marked while the page is filtered by it."""
    visit("/", country="DE", times=5)
    page = browse("?show=map&f=is,visit:country_name,Germany")
    (link,) = [attributes for tag, attributes in page.elements if tag == "a" and "filtered" in attributes.get("class", "")]
    assert (link["href"], link["tabindex"]) == ("/example.org?show=map", "-1")


def test_the_map_is_asked_for_only_where_it_is_open(browse: Browse, visit: Visit) -> None:
    """Its outlines are a quarter of what a page may weigh."""
    visit("/", country="DE")
    assert not any(attributes.get("class") == "world" for _, attributes in browse().elements)


def test_countries_without_numbers_and_letters_of_every_list_are_drawn() -> None:
    """What the build made: Kosovo has letters, Antarctica is left out, nothing is drawn without a shape."""
    world = world_of(folder("built") / "world.json")
    assert {"DE", "US", "XK", "TW", "PS", "EH"} <= set(world.shapes)
    assert {"SG", "MT", "HK", "LI"} <= set(world.dots)
    assert "AQ" not in {*world.shapes, *world.dots}
    assert all(path.startswith("M") and path.endswith("z") for path in world.shapes.values())
    assert all(0 <= x <= world.width and 0 <= y <= world.height for x, y in world.dots.values())
    assert (folder("built") / "world.json").stat().st_size < 40_000


def test_regions_lead_from_the_country_to_the_city(browse: Browse, visit: Visit, services: Services, site: Site) -> None:
    """Each step is a filter, and the way back leaves all that lies in it."""
    services.control.sites.change(replace(site, settings=replace(site.settings, regions=True)))
    for city, times in (("Munich", 6), ("Nuremberg", 8)):
        visit("/", country="DE", region="Bavaria", city=city, times=times)
    countries = browse("?show=regions")
    assert ["Country", "Visitors"] in countries.rows
    assert "All countries" not in countries.text
    regions = browse("?show=regions&f=is,visit:country_name,Germany")
    assert ["Region", "Visitors"] in regions.rows
    assert "All countries Germany" in regions.text
    assert [("f", "is,visit:country_name,Germany"), ("f", "is,visit:region_name,Bavaria"), ("show", "regions")] in regions.state()
    cities = browse("?show=regions&f=is,visit:country_name,Germany&f=is,visit:region_name,Bavaria")
    table = cities.rows[cities.rows.index(["City", "Visitors"]) :]
    assert [row[0].split(" ")[0] for row in table[1:3]] == ["Nuremberg", "Munich"]
    assert [("show", "regions")] in cities.state()
    assert "does not store regions" not in cities.text


def test_a_site_without_regions_says_so(browse: Browse, visit: Visit) -> None:
    """And where that is changed, to those who may."""
    visit("/", country="DE")
    page = browse("?show=regions&f=is,visit:country_name,Germany")
    assert "This site does not store regions and cities; visits are counted by country only. Settings" in page.text


# --- hours of the week -----------------------------------------------------------------------------------


def test_the_hours_of_the_week_are_means_and_their_table_has_sums(browse: Browse, visit: Visit) -> None:
    """D39: rows begin with the site's first weekday. Two Sundays of 14 days, one visitor and three at 10:00 in Berlin."""
    for day, times in ((TODAY - timedelta(days=1), 3), (TODAY - timedelta(days=8), 1)):
        visit("/", day=day, at="08:00", times=times)
    page = browse("?period=custom&from=2026-09-07&to=2026-09-20&show=hours")
    heads = [row for row in page.rows if row[:3] == ["Day of the week", "00", "01"]]
    assert heads == [["Day of the week", *(f"{hour:02}" for hour in range(24))]]
    week = page.rows[page.rows.index(heads[0]) + 1 :][:7]
    assert [row[0] for row in week] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert week[6][11] == "2"
    assert {cell for row in week for cell in row[1:]} == {"0", "2"}
    assert "Sunday 10:00 · 2 · 4 in 2 hours of this kind" in [attributes.get("title") for _, attributes in page.elements]
    sums = page.rows[page.rows.index(["Hour", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]) + 1 :][:24]
    assert sums[10] == ["10:00", "0", "0", "0", "0", "0", "0", "4"]


def test_weeks_begin_on_the_day_that_the_site_has_chosen(browse: Browse, visit: Visit, services: Services, site: Site) -> None:
    """D39."""
    services.control.sites.change(replace(site, settings=replace(site.settings, week_start="sunday")))
    visit("/")
    page = browse("?period=7d&date=2026-09-21&show=hours")
    assert ["Hour", "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] in page.rows


def test_an_hour_that_there_was_none_of_is_no_zero(browse: Browse, visit: Visit) -> None:
    """Of today there are hours yet to come, and all other days of the week."""
    visit("/", at="08:00")
    page = browse("?show=hours")
    days = {row[0]: row[1:] for row in page.rows if row and row[0] in ("Mon", "Tue") and len(row) == 25}
    assert days["Mon"][9:18] == ["0", "1", "0", "0", "0", "0", "0", "0", "–"]
    assert set(days["Tue"]) == {"–"}


@pytest.mark.parametrize(
    ("first", "last", "hour", "times"),
    [
        (date(2026, 3, 29), date(2026, 3, 29), 2, 0),
        (date(2026, 3, 22), date(2026, 3, 29), 2, 1),
        (date(2026, 10, 25), date(2026, 10, 25), 2, 2),
        (date(2026, 10, 19), date(2026, 10, 25), 3, 1),
    ],
)
def test_the_change_of_the_clocks_takes_an_hour_or_gives_it_twice(first: date, last: date, hour: int, times: int) -> None:
    """T14: Sundays in Berlin."""
    zone = ZoneInfo("Europe/Berlin")
    start, end = datetime.combine(first, time(), zone), datetime.combine(last, time(23, 59, 59), zone)
    assert happened("Europe/Berlin", start, end).get((6, hour), 0) == times


# --- tables and text -------------------------------------------------------------------------------------


def test_a_table_crosses_dimensions(browse: Browse, visit: Visit, write: Write) -> None:
    """Each value filters; shown alone it is sorted by its columns."""
    visit("/", "/shop", source="Google", channel="Organic search")
    visit("/", source="Bing", channel="Organic search")
    write(
        '[[panel]]\nname = "cross"\ntitle = "Cross"\nform = "table"\nquery.metrics = ["visitors", "pageviews"]\n'
        'query.dimensions = ["visit:channel", "visit:source"]\n'
    )
    page = browse("?dashboard=own&panel=cross&sort=pageviews,asc")
    assert [[cell.split(" exclude")[0] for cell in row] for row in page.rows[1:3]] == [
        ["Organic search", "Bing", "1", "1", "50%"], ["Organic search", "Google", "1", "2", "50%"],
    ]  # fmt: skip
    assert any(("f", "is,visit:source,Bing") in state for state in page.state())


def test_text_is_paragraphs_and_no_markup(browse: Browse, write: Write) -> None:
    """Empty lines part paragraphs; everything else is what it says."""
    write('[[panel]]\nname = "words"\ntitle = "Words"\nform = "text"\ntext = """\nOne <b>two</b>.\n\n\nThree.\n"""\n')
    page = browse("?dashboard=own")
    place = [attributes.get("class") for _, attributes in page.elements].index("prose")
    assert [tag for tag, _ in page.elements[place + 1 : place + 3]] == ["p", "p"]
    assert {"One <b>two</b>.", "Three."} <= set(page.texts)


# --- funnels ---------------------------------------------------------------------------------------------

STEPS = '[["is", "event:page", ["/shop"]], ["is", "event:page", ["/cart"]]]'
FUNNEL = f'[[panel]]\nname = "sale"\ntitle = "Sale"\nform = "funnel"\nquery.steps = {STEPS}\n'


def test_a_funnel_says_how_many_went_on_and_how_many_stopped(browse: Browse, visit: Visit, write: Write) -> None:
    """In numbers and per cent, compared with before (D48)."""
    write(FUNNEL)
    for paths in (("/shop", "/cart"), ("/shop",), ("/shop", "/"), ("/cart", "/shop")):
        visit(*paths, at="09:00")
    visit("/shop", "/cart", day=TODAY - timedelta(days=1), at="06:00")
    page = browse("?dashboard=own")
    assert "25% of visits completed all steps. " in page.text
    assert "/shop 4 visits · 100%" in page.text
    assert "3 (75%) dropped off here /cart 1 visit · 25%" in page.text
    assert page.rows[-3:] == [
        ["Step", "Visits", "Share of the first step", "Share of the previous step", "Dropped off", "Visits (previous)"],
        ["/shop", "4", "100%", "", "", "1"],
        ["/cart", "1", "25%", "25%", "3", "1"],
    ]


def test_a_step_of_a_funnel_leads_to_the_visits_that_took_it(browse: Browse, visit: Visit, write: Write) -> None:
    """One after the other; a step that an address cannot say (an event with a property) leads nowhere."""
    nested = '["and", [["is", "event:name", ["Order"]], ["is", "event:props:plan", ["pro"]]]]'
    write(FUNNEL.replace("]]]", f']], ["matches", "event:page", ["^/c"]], {nested}]'))
    for paths in (("/shop", "/cart"), ("/shop",), ("/cart", "/about")):
        visit(*paths)

    def ways(query: str) -> list[list[str]]:
        """The filters that each step leads to; without them, those of the page."""
        page = browse(f"?dashboard=own{query}")
        titles = ("Show only visits that took this step", "Remove this filter")
        links = [attributes["href"] for tag, attributes in page.elements if tag == "a" and attributes.get("title") in titles]
        return [[value for name, value in parse_qsl(urlsplit(link).query) if name == "f"] for link in links]

    assert ways("") == [["has_done,event:page,/shop"], ["has_done,event:page,/cart"], ["matches,event:page,^/c"]]
    assert ways("&f=has_done,event:page,/shop")[:2] == [[], ["has_done,event:page,/shop", "has_done,event:page,/cart"]]
    page = browse("?dashboard=own&f=has_done,event:page,/shop&f=has_done,event:page,/cart")
    assert "/shop (filtered; remove the filter) 1 visit · 100%" in page.text


def test_a_funnel_goes_by_the_name_it_was_saved_under(browse: Browse, visit: Visit, write: Write, services: Services, site: Site) -> None:
    """Whatever its steps are now; one that is gone is told of."""
    write('[[panel]]\nname = "sale"\ntitle = "Sale"\nform = "funnel"\nquery.funnel = "Sale"\n')
    visit("/shop", "/", "/cart")
    assert "There is no funnel called “Sale”." in browse("?dashboard=own").text
    steps = (["is", "event:page", ["/shop"]], ["is", "event:page", ["/cart"]])
    services.control.funnels.put(site, Funnel(name="Sale", steps=steps, strict=True))
    page = browse("?dashboard=own")
    assert "0% of visits completed all steps." in page.text
    assert "Only visits with no other pages between the steps." in page.text


# --- flows -----------------------------------------------------------------------------------------------


@pytest.fixture
def all_told(services: Services, site: Site) -> None:
    """Values of a single visitor are told apart."""
    services.control.sites.change(replace(site, settings=replace(site.settings, small_cells=1)))


@pytest.mark.usefixtures("all_told")
def test_a_flow_stands_around_the_page_of_most_visits_until_one_is_chosen(browse: Browse, visit: Visit) -> None:
    """Nodes lead there; the same is in the table (D44)."""
    for paths in (("/", "/shop"), ("/", "/shop"), ("/", "/about"), ("/blog", "/")):
        visit(*paths)
    page = browse("?show=flow")
    assert "Page is / Page with the most visits. Choose another:" in page.text
    table = page.rows[page.rows.index(["From", "To", "Step", "Visits"]) + 1 :]
    assert table[:6] == [
        ["Visit began", "/", "0", "3"],
        ["/blog", "/", "0", "1"],
        ["/", "/shop", "1", "2"],
        ["/", "Visit ended", "1", "1"],
        ["/", "/about", "1", "1"],
        ["/shop", "Visit ended", "2", "2"],
    ]
    assert [("f", "is,event:page,/shop"), ("show", "flow")] in page.state()
    names = [attributes["aria-label"] for tag, attributes in page.elements if tag in ("a", "g") and "visits" in attributes.get("aria-label", "")]
    assert "/shop: 2 visits. Centre on this page" in names
    assert "Visit began: 3 visits" in names
    stages = [page.rows[page.rows.index([text, "Visits"]) + 1] for text in ("One step before", "Here", "One step after", "2 steps after")]
    assert stages == [["/blog", "1"], ["/", "4"], ["/shop", "2"], ["Visit ended", "3"]]
    moved = browse("?show=flow&f=is,event:page,/shop")
    assert "Page is /shop" in moved.text
    assert ["/", "/shop", "0", "2"] in moved.rows


def test_a_flow_folds_the_ways_of_a_few(browse: Browse, visit: Visit) -> None:
    """What fewer than five visitors did is among the others."""
    visit("/", "/shop", times=5)
    visit("/", "/about")
    page = browse("?show=flow")
    assert ["/", "Others", "1", "1"] in page.rows
    assert not any("/about" in row[:2] for row in page.rows if len(row) == 4 and row[3] == "1")


@pytest.mark.usefixtures("all_told")
def test_somebody_with_a_part_of_a_site_sees_no_way_outside(
    browse: Browse, visit: Visit, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D51: neither in a flow nor in a funnel, whatever they filter by."""
    visit("/blog/a", "/secret/plan", "/blog/b")
    write(FUNNEL.replace("/shop", "/blog/a").replace("/cart", "/secret/plan"))
    limited = Viewer(filters=(["is", "event:section", ["/blog"]],), may_change=False)
    monkeypatch.setattr(pages, "viewer_of", lambda site: limited)
    for query in ("?show=flow", "?show=flow&f=is,event:page,/blog/a"):
        page = browse(query)
        assert ["/blog/a", "Pages outside your access", "1", "1"] in page.rows
        assert "secret" not in page.text
    assert "secret" not in "".join(text for text in browse("?show=flow&f=is,event:page,/secret/plan").texts if "Page is" not in text)
    own = browse("?dashboard=own").text
    assert "secret" not in own
    assert "dropped off here" not in own, "a funnel names its steps, so it is for those who see all pages"


# --- all of them -----------------------------------------------------------------------------------------

EVERY_FORM = """
[[panel]]
name = "cross"
title = "<script>alert(1)</script>"
form = "table"
query.metrics = ["visitors"]
query.dimensions = ["event:page", "visit:city_name", "visit:source"]

[[panel]]
name = "flow"
title = "Flow"
form = "flow"

[[panel]]
name = "map"
title = "Map"
form = "map"
query.metrics = ["visitors"]
query.dimensions = ["visit:country"]

[[panel]]
name = "regions"
title = "Regions"
form = "regions"
query.metrics = ["visitors"]

[[panel]]
name = "hours"
title = "Hours"
form = "heat"
query.metrics = ["bounce_rate"]
"""


@pytest.mark.usefixtures("all_told")
@pytest.mark.parametrize("path", HOSTILE)
def test_hostile_values_are_text(browse: Browse, visit: Visit, write: Write, path: str) -> None:
    """In every form, in links, titles and labels."""
    write(EVERY_FORM)
    visit(path, "/x", source=path[:300], country=path[:2], region=path[:100], city=path[:100])
    page = browse("?dashboard=own")
    assert not [attributes for tag, attributes in page.elements if tag == "script" and "src" not in attributes]
    assert not any(name.startswith("on") or name == "style" for _, attributes in page.elements for name in attributes)
    assert not any(link.lower().lstrip().startswith("javascript:") for link in page.links())
    assert path in page.texts
    assert "<script>alert(1)</script>" in page.texts


def test_forms_of_a_site_without_visits_say_so(browse: Browse, write: Write) -> None:
    """No empty pictures."""
    write(EVERY_FORM + FUNNEL)
    page = browse("?dashboard=own")
    assert page.text.count("Nothing was counted in this period.") >= 5
    assert "– of visits completed all steps." in page.text
    assert not any(tag in ("circle", "path") and "class" in attributes for tag, attributes in page.elements)
