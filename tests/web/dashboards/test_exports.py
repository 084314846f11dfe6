"""Files of what is on the screen (D54): the figures of the page and of the API (T16), safe to open, for whoever may see them."""

import csv
import io
import re
import tempfile
import zipfile
from datetime import date, timedelta
from html import unescape
from typing import Any

import duckdb
import pytest
from flask.testing import FlaskClient

from analytics.site import SharedLink, Site
from analytics.web.dashboards import grids
from analytics.web.services import Services
from tests.web.visits import TODAY, Visits

FORMULAS = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "＝1+1"]


@pytest.fixture(autouse=True)
def visits(services: Services, site: Site) -> Visits:
    visits = Visits(services, site)
    with visits.together():
        for back in range(0, 60, 3):
            visits.add("/", "/shop/shoes", day=TODAY - timedelta(days=back), times=2, source="Google", country="DE")
            visits.add("/blog/a,b\"c", day=TODAY - timedelta(days=back), country="AT", device="Mobile")
    return visits


def taken(client: FlaskClient, query: str, path: str = "/example.org") -> Any:
    """The rows of a CSV file, by its first line."""
    answer = client.get(f"{path}?{query}&format=csv")
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(answer.data.decode())))


def shown(html: str, panel: str) -> list[tuple[str, ...]]:
    """Label and figures of a panel's table, as on the page."""
    card = re.search(rf'<section id="panel-{panel}".*?</section>', html, re.DOTALL)
    assert card
    found = []
    for row in re.findall(r'<tr class="depth.*?</tr>', card[0], re.DOTALL):
        label = re.search(r'title="(/[^"]*)"><bdi>|<bdi>(.*?)</bdi>|<span class="said"><span>(.*?)</span>', row)
        assert label
        figures = [unescape(each) for each in re.findall(r'<td class="number"[^>]*>(.*?)</td>', row)]
        found.append((unescape(label[1] or label[2] or label[3]).replace("<wbr>", ""), *figures))
    return found


QUERIES = [
    "period=28d", "period=91d&f=is,visit:source,Google", "period=28d&f=is_not,event:page,/", "period=all&sort=pageviews,asc",
    "period=all&search=o", "period=custom&from=2026-09-01&to=2026-09-10",
]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("panel", ["pages", "sources", "sections"])
def test_t16_a_file_has_the_figures_of_the_page(signed_in_client: FlaskClient, query: str, panel: str) -> None:
    """Whatever is filtered, searched, sorted: the same rows in the same order; sections that the page nests are all there."""
    head, *rows = taken(signed_in_client, f"{query}&panel={panel}")
    page = shown(signed_in_client.get(f"/example.org?{query}&panel={panel}").text, panel)
    there = {row[0]: row[1] for row in rows}
    assert page
    for label, visitors, *_rest in page:
        assert there[label] == visitors
    if panel != "sections" or "sort" in query or "search" in query:
        assert [row[0] for row in rows] == [row[0] for row in page]
    assert head[1].endswith("isitors")


@pytest.mark.parametrize("query", QUERIES[:3])
def test_t16_a_file_has_the_figures_of_the_api(
    signed_in_client: FlaskClient, services: Services, site: Site, query: str
) -> None:
    """JSON is its very answer, CSV and Parquet the same numbers."""
    client = signed_in_client
    answer = client.get(f"/example.org?{query}&panel=pages&format=json").json
    assert answer
    key = services.control.api_keys.add(site, ["stats"])
    question = {name: value for name, value in answer["query"].items() if name != "dimensions"}
    asked = client.post(
        "/api/v2/query", json={**question, "site_id": "example.org", "dimensions": ["event:page"]},
        headers={"Authorization": f"Bearer {key}"},
    )  # fmt: skip
    assert asked.json == answer
    rows = [[*row["dimensions"], *row["metrics"]] for row in answer["results"]]
    written = taken(client, f"{query}&panel=pages")[1:]
    assert [[row[0], *map(float, row[1:])] for row in written] == rows
    file = client.get(f"/example.org?{query}&panel=pages&format=parquet")
    assert read_parquet(file.data) == [tuple(row) for row in rows]


def read_parquet(content: bytes) -> list[tuple[Any, ...]]:
    """Its rows."""
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        file.write(content)
        file.flush()
        return duckdb.sql(f"SELECT * FROM '{file.name}'").fetchall()


def test_t16_all_files_agree_with_the_headline(signed_in_client: FlaskClient) -> None:
    """The chart's buckets and the countries add up to the page views and visitors that the headline has."""
    archive = zip_of(signed_in_client, "/example.org/export.zip?period=28d&metric=pageviews")
    headline = dict(zip(*rows_of(archive, "headline"), strict=True))
    chart = rows_of(archive, "chart")[1:]
    countries = rows_of(archive, "countries")[1:]
    page = signed_in_client.get("/example.org?period=28d&metric=pageviews").text
    figures = dict(re.findall(r'data-metric="(\w+)">([^<]*)<', page))
    assert headline["Daily visitors"] == figures["visitors"] == str(sum(int(row[1]) for row in countries))
    assert headline["Page views"] == figures["pageviews"] == str(sum(int(row[1]) for row in chart))
    assert len(chart) == 28


def zip_of(client: FlaskClient, address: str) -> zipfile.ZipFile:
    """The archive at an address."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "application/zip"
    return zipfile.ZipFile(io.BytesIO(answer.data))


def rows_of(archive: zipfile.ZipFile, panel: str) -> list[list[str]]:
    """The rows of one of its files."""
    (name,) = [each for each in archive.namelist() if each.startswith(f"example.org_{panel}_")]
    return list(csv.reader(io.StringIO(archive.read(name).decode())))


def test_the_archive_says_what_its_figures_mean(signed_in_client: FlaskClient) -> None:
    """Days, zone, filters, small counts, and each column's definition, in words."""
    archive = zip_of(signed_in_client, "/example.org/export.zip?period=28d&f=is,visit:source,Google")
    assert "example.org_pages_2026-08-24_2026-09-20.csv" in archive.namelist()
    text = archive.read("definitions.txt").decode()
    for words in (
        "Days: 24 Aug – 20 Sep 2026 (Last 28 days)", "Time zone (decides when a day begins): Europe/Berlin",
        "Created: 2026-09-21T16:13+02:00", "Filters: Source is Google", "Values with fewer than 5 visitors are grouped into one row",
        "Bounce rate\n", "At most 10", "Daily visitors\n",
    ):  # fmt: skip
        assert words in text


def test_a_file_is_named_after_what_is_in_it(signed_in_client: FlaskClient) -> None:
    """Site, panel, days."""
    for query, name in (("period=day", "2026-09-21"), ("period=28d", "2026-08-24_2026-09-20")):
        answer = signed_in_client.get(f"/example.org?{query}&panel=pages&format=csv")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="example.org_pages_{name}.csv"'
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_text_becomes_a_formula(signed_in_client: FlaskClient, visits: Visits, formula: str) -> None:
    """What strangers sent is text in every spreadsheet (OWASP, CSV injection); figures stay numbers."""
    visits.add("/", source=formula)
    rows = taken(signed_in_client, "panel=sources")
    assert [row[0] for row in rows if formula in row[0]] == [f"'{formula}"]
    answer = signed_in_client.get("/example.org?panel=sources&format=json").json
    assert answer
    assert formula in [row["dimensions"][0] for row in answer["results"]]


def test_texts_come_back_as_they_were(signed_in_client: FlaskClient, visits: Visits) -> None:
    """RFC 4180 and UTF-8: commas, quotes, line ends, other scripts."""
    visits.add("/", source='a,"b"\nc')
    visits.add("/", source="مرحبا 论文 🎈")
    sources = {row[0] for row in taken(signed_in_client, "panel=sources")[1:]}
    assert {'a,"b"\nc', "مرحبا 论文 🎈"} <= sources
    content = signed_in_client.get("/example.org?panel=sources&format=csv").data
    assert content.count(b"\r\n") == len(sources) + 1


def test_what_is_cut_says_so(signed_in_client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the file's name, a header and the archive's text."""
    monkeypatch.setattr(grids, "MOST_ROWS", 2)
    answer = signed_in_client.get("/example.org?period=28d&panel=pages&format=csv")
    assert answer.headers["X-Footfall-Rows"] == "2 of 3"
    assert "_first-2.csv" in answer.headers["Content-Disposition"]
    text = zip_of(signed_in_client, "/example.org/export.zip?period=28d").read("definitions.txt").decode()
    assert "The first 2 of 3 rows" in text


def test_every_panel_of_the_dashboard_is_in_the_archive(signed_in_client: FlaskClient) -> None:
    """Those in tabs that are not open, too."""
    page = signed_in_client.get("/example.org?period=28d").text
    names = {re.split("_", each)[1] for each in zip_of(signed_in_client, "/example.org/export.zip?period=28d").namelist()[:-1]}
    on_page = set(re.findall(r'<section id="panel-([\w-]+)"', page))
    offered = {name for name in on_page if not re.search(rf'id="panel-{name}".*?class="offer', page, re.DOTALL)}
    assert {"headline", "chart", "pages", "entry-pages", "countries", "browsers", "ledger"} <= names
    assert names >= offered & {"headline", "chart", "sections", "pages", "sources", "countries", "devices", "browsers", "ledger"}


def test_a_file_that_answered_another_question_is_refused(signed_in_client: FlaskClient, services: Services, site: Site) -> None:
    """What is wrong in the address is said above a page; a file has no place for it, the text beside the files has."""
    answer = signed_in_client.get("/example.org?panel=pages&format=csv&f=is,event:pgae,/")
    assert answer.status_code == 400
    assert "You cannot filter by “event:pgae”." in answer.text
    text = zip_of(signed_in_client, "/example.org/export.zip?period=fortnight").read("definitions.txt").decode()
    assert "There is no period “fortnight”." in text
    link = services.control.shared_links.put(site, SharedLink(name="Board", exports=True), by="ada@example.org")
    assert signed_in_client.get(f"/share/{link.token}?panel=pages&format=csv&period=fortnight").status_code == 400


@pytest.mark.parametrize(("query", "status"), [("format=xlsx&panel=pages", 400), ("format=csv", 404), ("format=csv&panel=now", 404)])
def test_what_cannot_be_taken_along_says_so(signed_in_client: FlaskClient, query: str, status: int) -> None:
    """A format there is not; no panel, or one without rows."""
    assert signed_in_client.get(f"/example.org?{query}").status_code == status


def test_a_shared_view_gives_files_if_its_owner_says_so(client: FlaskClient, services: Services, site: Site) -> None:
    """And of what it shows alone: its part of the site, its days, with small counts folded."""
    put = services.control.shared_links.put
    closed = put(site, SharedLink(name="Closed"), by="ada").token
    opened = put(
        site, SharedLink(name="Open", exports=True, sections=("/shop",), first=date(2026, 9, 10), panels=("pages", "headline")), by="ada"
    ).token  # fmt: skip
    for path in (f"/share/{closed}?panel=pages&format=csv", f"/share/{closed}/export.zip", f"/share/{opened}?panel=sources&format=csv"):
        assert client.get(path).status_code == 404
    rows = taken(client, "period=all&panel=pages", f"/share/{opened}")
    assert [row[:2] for row in rows[1:]] == [["/shop/shoes", "8"]]
    archive = zip_of(client, f"/share/{opened}/export.zip?period=all")
    assert archive.namelist() == [
        "example.org_headline_2026-09-10_2026-09-21.csv", "example.org_pages_2026-09-10_2026-09-21.csv", "definitions.txt",
    ]  # fmt: skip
    assert "fewer than 10 visitors" in archive.read("definitions.txt").decode()
    assert "export.zip" in client.get(f"/share/{opened}").text
    assert "export.zip" not in client.get(f"/share/{closed}").text


def test_files_behind_a_password_ask_for_it(client: FlaskClient, services: Services, site: Site) -> None:
    """By their addresses, too."""
    link = SharedLink(name="Locked", exports=True, kind="password")
    token = services.control.shared_links.put(site, link, "four words walk home", by="ada").token
    assert client.get(f"/share/{token}/export.zip").status_code == 404
    assert b"visitors" not in client.get(f"/share/{token}?panel=pages&format=csv").data.lower().replace(b"visitors are counted", b"")
    client.post(f"/share/{token}", data={"password": "four words walk home"})
    assert client.get(f"/share/{token}/export.zip").status_code == 200


@pytest.fixture
def ways(services: Services) -> None:
    """A dashboard with a funnel and a flow."""
    folder = services.config.data / "dashboards"
    folder.mkdir(exist_ok=True)
    (folder / "ways.toml").write_text("""
        [[panel]]
        name = "to-shoes"
        title = "To the shoes"
        form = "funnel"
        query.steps = [["is", "event:page", ["/"]], ["is", "event:page", ["/shop/shoes"]]]

        [[panel]]
        name = "from-home"
        title = "From home"
        form = "flow"
        query.around = ["is", "event:page", ["/"]]
        query.after = 1
        query.before = 0
    """)


@pytest.mark.usefixtures("ways")
def test_ways_are_files_too(signed_in_client: FlaskClient) -> None:
    """A funnel by its steps, a flow by the ways from page to page, as the API has them."""
    query = "dashboard=ways&period=custom&from=2026-09-12&to=2026-09-21"
    steps = taken(signed_in_client, f"{query}&panel=to-shoes")
    assert [row[1] for row in steps] == ["Visits", "8", "8"]
    assert [row[0].rpartition(" ")[2] for row in steps] == ["Step", "/", "/shop/shoes"]
    flow = taken(signed_in_client, f"{query}&panel=from-home")
    assert ["1", "(here)", "/shop/shoes", "8"] in flow
    answer = signed_in_client.get(f"/example.org?{query}&panel=to-shoes&format=json").json
    assert answer
    assert [step["visits"] for step in answer["results"]] == [8, 8]
