"""T8: one page is one row, and a click on the row finds all of it; through the real server and the real database."""

from urllib.parse import quote

from tests.conftest import StartService
from tests.ingest.station import FIREFOX

SITE = "pages.example"
PAGE = "/论文/café au lait"


def test_a_page_by_any_spelling_is_one_row_and_its_filter_finds_all_of_it(start_service: StartService) -> None:
    """From a load (encoded), from pushState (raw), decomposed as macOS writes it, and from a server, encoded twice; asked for
    as the table shows it, as the address bar shows it, and through a goal and a section that were typed either way."""
    service = start_service()
    service.command("site", "add", SITE)
    addresses = [quote(PAGE), PAGE, PAGE.replace("é", "e\u0301"), quote(quote(PAGE)), quote(PAGE) + "?utm_source=x", f"/x/..{PAGE}"]
    for address in addresses:
        assert service.send({"n": "pageview", "u": f"https://{SITE}{address}"}).status == 202
    service.send({"n": "pageview", "u": f"https://{SITE}/other"}, {"User-Agent": FIREFOX})
    rows = service.query(SITE, "pageviews", dimensions=["event:page"])
    assert rows == [{"dimensions": [PAGE], "metrics": [6]}, {"dimensions": ["/other"], "metrics": [1]}]
    decomposed = PAGE.replace("é", "e\u0301")
    for name, value in (("event:page", PAGE), ("event:page", quote(PAGE)), ("visit:entry_page", decomposed), ("event:section:2", quote(PAGE))):
        assert service.query(SITE, "pageviews", filters=[["is", name, [value]]])[0]["metrics"] == [6], (name, value)
    assert service.query(SITE, "pageviews", filters=[["contains", "event:page", ["/caf%C3%A9"]]])[0]["metrics"] == [6]
    assert service.query(SITE, "pageviews", filters=[["is_not", "event:page", [quote(PAGE)]]])[0]["metrics"] == [1]
    service.command("goal", "add", SITE, "--page", quote(PAGE), "--name", "Read")
    assert service.query(SITE, "events", filters=[["is", "event:goal", ["Read"]]])[0]["metrics"] == [6]
