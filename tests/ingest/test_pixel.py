"""D31: pages without JavaScript are counted by a picture, as exactly as the beacon counts the others."""

from urllib.parse import urlencode

import pytest

from analytics.ingest.collector import PIXEL
from analytics.ingest.replies import GIF, Reply
from analytics.model import Reason
from analytics.site import NOWHERE
from tests.ingest.station import Station

GOOGLE_MAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"


def refusal(reply: Reply) -> tuple[int, str | None, str | None]:
    found = dict(reply.headers)
    return reply.status, found.get("x-footfall-dropped"), found.get("x-plausible-dropped")


def test_the_picture_is_one_transparent_pixel() -> None:
    """43 bytes: a GIF of one transparent pixel."""
    assert len(GIF) == 43
    assert GIF.startswith(b"GIF89a\x01\x00\x01\x00")


def test_a_view_by_the_picture_becomes_the_same_row(station: Station) -> None:
    """As the beacon's, but for what only a script knows (the window's width)."""
    url, referrer = "https://www.example.org/Shop/?utm_source=fb&q=secret#top", "https://news.example/a?u=1"
    station.view(url, r=referrer)
    reply = station.pixel(urlencode({"d": "example.org", "u": url, "r": referrer}))
    assert (reply.status, reply.body, dict(reply.headers)["content-type"]) == (200, GIF, "image/gif")
    script, picture = station.rows
    differing = [name for name in script.__struct_fields__ if getattr(script, name) != getattr(picture, name)]
    assert differing == ["seq"]
    assert station.dropped() == {}


@pytest.mark.parametrize("query", ["", "d=example.org", "d=&u=&r="])
def test_without_an_address_it_is_a_view_of_the_page_that_embeds_it(station: Station, query: str) -> None:
    """One tag serves all pages: the Referer of a picture is its page. It goes through the scrubber like any address."""
    page = "https://example.org/reset/jane@example.org?utm_source=News&token=secret"
    assert station.pixel(query, referer=page).entry is not None
    [row] = station.rows
    assert (row.name, row.hostname, row.path, row.utm_source) == ("pageview", "example.org", "/reset/:redacted", "News")
    assert row.referrer == ""


def test_the_referer_is_read_for_the_picture_alone(station: Station) -> None:
    """Of every other request it is the address of somebody's last page."""
    reply = station.send({"n": "pageview", "d": "example.org"}, referer="https://example.org/last")
    assert reply.status == 400
    station.view(referer="https://example.org/last")
    assert station.rows[0].referrer == ""


def test_the_address_that_is_written_out_stands_before_the_referer(station: Station) -> None:
    station.pixel("u=https%3A%2F%2Fexample.org%2Fa%3Fref%3Dfb", referer="https://example.org/b")
    assert (station.rows[0].path, station.rows[0].source) == ("/a", "Facebook")


def test_every_key_of_an_event_may_be_given(station: Station) -> None:
    """Short or long, as text; of a name that is repeated the first counts, and %-sequences that are none stay."""
    query = {"name": "Open", "url": "https://example.org/#/mail", "domain": "example.org", "h": "1", "i": "false",
             "props": '{"list":"May"}', "revenue": '{"amount":"1.5","currency":"EUR"}'}  # fmt: skip
    station.pixel(urlencode(query) + "&name=Second&x=%zz%ff")
    [row] = station.rows
    assert (row.name, row.path, row.interactive, row.props) == ("Open", "/#/mail", False, {"list": "May"})
    assert (row.revenue, row.currency) == ("1.500", "EUR")


@pytest.mark.parametrize(
    "query", ["", "u=data:text/html,x", "u=" + "a" * 2001, "u=https://example.org/&n=" + "n" * 121, "&".join(f"a{n}=1" for n in range(101))]
)  # fmt: skip
def test_what_is_no_event_is_a_picture_all_the_same(station: Station, query: str) -> None:
    """No broken picture on anybody's page; the reason stands in a header, and it is counted."""
    reply = station.pixel(query)
    assert refusal(reply) == (200, "invalid", "1")
    assert (reply.body, reply.entry) == (GIF, None)
    assert station.dropped() == {NOWHERE.id: {"invalid": 1}}
    assert station.latest("").reason is Reason.INVALID


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"agent": GOOGLE_MAIL}, "bot"),
        ({"agent": "Mozilla/5.0"}, "bot"),  # what Apple's mail says of itself
        ({"sec_gpc": "1"}, "opted_out"),
        ({"peer": "198.51.100.7"}, "excluded_network"),
    ],
)
def test_it_is_refused_for_the_same_reasons(station: Station, options: dict[str, str], reason: str) -> None:
    """The same steps: programs that fetch a mail's pictures, objections, the owner's networks."""
    station.setting(excluded_networks=("198.51.100.0/24",))
    assert refusal(station.pixel("d=example.org&u=https://example.org/", **options)) == (200, reason, "1")
    assert station.dropped() == {"example.org": {reason: 1}}


def test_who_only_asks_whether_it_is_there_sees_no_page(station: Station) -> None:
    reply = station.send(b"", path=f"{PIXEL}?d=example.org&u=https://example.org/", method="HEAD")
    assert (reply.status, reply.entry, station.dropped()) == (200, None, {})
    assert dict(reply.headers)["content-length"] == "43"


def test_nobody_keeps_the_picture(station: Station) -> None:
    """A second view has to ask again; and a page behind Cross-Origin-Embedder-Policy may show it."""
    for reply in (station.pixel(), station.pixel("u=https://example.org/"), station.send(b"", path=PIXEL, method="HEAD")):
        found = dict(reply.headers)
        assert found["cache-control"] == "no-store"
        assert found["access-control-allow-origin"] == "*"
        assert found["cross-origin-resource-policy"] == "cross-origin"
        assert not {"etag", "last-modified", "expires", "set-cookie"} & set(found)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_the_picture_refuses_other_methods(station: Station, method: str) -> None:
    reply = station.send(b"", path=PIXEL, method=method)
    assert (reply.status, dict(reply.headers)["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert dict(station.send(b"", path=PIXEL, method="OPTIONS").headers)["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
