"""The collector keeps the contract whatever is sent: the answer, the ledger, and what becomes a row."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b, sha256
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from analytics.ingest.collector import MANY, ONE, PIXEL
from analytics.ingest.replies import Reply
from analytics.model import Reason
from analytics.privacy.keys import Keys
from analytics.site import NOWHERE
from analytics.store.control.sites import RENAMED_FOR
from tests.ingest.station import FIREFOX, NOON, Station

BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def headers(reply: Reply) -> dict[str, str]:
    return dict(reply.headers)


def refusal(reply: Reply) -> tuple[int, str | None, str | None]:
    found = headers(reply)
    return reply.status, found.get("x-footfall-dropped"), found.get("x-plausible-dropped")


def errors(reply: Reply) -> Any:
    assert reply.status == 400
    return json.loads(reply.body)["errors"]


# --- one event


def test_a_page_view_becomes_a_row(station: Station) -> None:
    """From the bytes to the row: every column that one page view fills."""
    url = "https://www.example.org/Shop/?utm_source=fb&utm_campaign=May&q=secret#top"
    reply = station.view(url, r="https://l.facebook.com/x?u=1", w=1280)
    assert (reply.status, reply.body) == (202, b"ok")
    [row] = station.rows
    assert (row.day.isoformat(), row.time, row.seq, row.gap) == ("2026-03-01", "2026-03-01T11:00:00", 0, 0)
    assert (row.name, row.hostname, row.path, row.interactive) == ("pageview", "example.org", "/Shop/", True)
    assert (row.referrer, row.source, row.channel) == ("l.facebook.com/x", "Facebook", "Organic Social")
    assert (row.utm_source, row.utm_medium, row.utm_campaign) == ("fb", "", "May")
    assert (row.browser, row.browser_version, row.os, row.device) == ("Firefox", "128", "Linux", "Desktop")
    assert (row.language, row.screen, row.props) == ("de", "Laptop", {})
    assert station.dropped() == {}
    assert (station.latest().path, station.latest().reason) == ("/Shop/", None)


def test_d27_a_click_id_is_kept_as_its_name_alone(station: Station) -> None:
    """Its value names one click of one person; the name says that the visit came by an advertisement."""
    station.view("https://www.example.org/?gclid=EAIaIQobChMI")
    [row] = station.rows
    assert (row.click_id, row.channel, row.path) == ("gclid", "Paid Search", "/")
    assert "EAIaIQobChMI" not in repr(row)


def test_a_custom_event_becomes_a_row(station: Station) -> None:
    station.send(
        {"n": "Buy", "u": "https://example.org/basket", "d": "example.org", "p": {"size": "L"}, "$": {"amount": 9.5, "currency": "EUR"}}
    )
    [row] = station.rows
    assert (row.name, row.props, row.revenue, row.currency) == ("Buy", {"size": "L"}, "9.500", "EUR")


def test_an_event_with_identifying_properties_counts_without_them(station: Station) -> None:
    """D33: the row has neither names nor values of what was left out here (1) or by the client (2); their number lies beside it."""
    reply = station.send({"n": "Buy", "u": "https://example.org/", "d": "example.org", "p": {"user_id": "jane", "size": "L"}, "x": 2})
    assert reply.entry is not None
    [part] = reply.entry.parts
    assert [row.props for row in part.rows] == [{"size": "L"}]
    assert part.left_out == {"2026-03-01": 3}
    assert station.dropped() == {}


def test_of_a_dropped_event_nothing_is_added_up_but_its_reason(station: Station) -> None:
    reply = station.send({"n": "Buy", "u": "https://example.org/", "d": "example.org", "p": {"user_id": "jane"}, "x": 2}, agent=BOT)
    assert reply.entry is None
    assert station.dropped() == {"example.org": {"bot": 1}}


def test_engagement_belongs_to_a_visit(station: Station) -> None:
    """It adds reading time to a visit and makes none."""
    event = {"n": "engagement", "u": "https://example.org/", "d": "example.org", "e": 9000, "sd": 40}
    assert refusal(station.send(event)) == (202, "no_visit", "1")
    assert station.dropped() == {"example.org": {"no_visit": 1}}
    station.view()
    station.now += 9
    assert station.send(event).status == 202
    view, engagement = station.rows
    assert (engagement.visit, engagement.engaged, engagement.scroll) == (view.visit, 9000, 40)


def test_the_host_of_the_page_names_the_site(station: Station) -> None:
    """Without ``d``; a development port does not matter."""
    for url in ("https://www.example.org/", "http://example.org:8080/"):
        assert refusal(station.send({"n": "pageview", "u": url})) == (202, None, None)
    assert len(station.rows) == 2


def test_an_event_for_several_sites(station: Station) -> None:
    """Each site gets its own row with its own numbers; who refuses is counted and named."""
    reply = station.send({"n": "pageview", "u": "https://example.org/", "d": "example.org,other.example,unknown.example"})
    assert refusal(reply) == (202, "unknown_site", "1")
    assert reply.entry is not None
    assert [part.site for part in reply.entry.parts] == [station.site.id, station.other.id]
    first, second = station.rows
    assert first.visitor != second.visitor
    assert station.dropped() == {"nowhere": {"unknown_site": 1}}


def test_a_site_that_is_named_twice_counts_once(station: Station) -> None:
    """However it is spelt: ten spellings of one site were ten page views, and the work of ten."""
    spellings = "example.org,www.example.org,EXAMPLE.ORG,https://example.org/,other.example,Other.example"
    assert refusal(station.view(d=spellings)) == (202, None, None)
    assert [row.path for row in station.rows] == ["/", "/"]
    assert refusal(station.view(d="example.org,www.example.org", agent=BOT)) == (202, "bot", "1")
    station.send({"n": "pageview", "u": "", "d": "example.org,www.example.org"})
    assert station.dropped() == {"example.org": {"bot": 1, "invalid": 1}}
    station.batch(event(d=spellings))
    assert len(station.rows) == 4


def test_a_renamed_site_is_counted_under_both_names_for_a_while(station: Station) -> None:
    """Somebody who goes from a page with the old tag to one with the new is one visitor on one visit, and the way between
    them no source. When the time is over, the old name is a stranger's."""
    station.control.sites.change(replace(station.site, domain="new.example"))
    station.directory.replace(station.control.sites.all())
    station.view("https://example.org/a", d="example.org")
    station.view("https://new.example/b", d="new.example", r="https://example.org/a")
    station.view("https://new.example/c", d="www.Example.org", r="https://new.example/b")
    assert len({(row.visitor, row.visit) for row in station.rows}) == 1
    assert [(row.hostname, row.path, row.seq, row.source) for row in station.rows] == [
        ("example.org", "/a", 0, ""), ("new.example", "/b", 1, ""), ("new.example", "/c", 2, ""),
    ]  # fmt: skip
    station.now += RENAMED_FOR
    assert refusal(station.view()) == (202, "unknown_site", "1")
    station.view("https://new.example/", d="new.example", r="https://example.org/a")
    assert station.rows[-1].source == "example.org"


def test_an_unknown_site_is_answered_202_and_shown_as_unknown(station: Station) -> None:
    """T20, D13: 202, counted for no site, shown with the domain that was named; never a 500, never silent."""
    reply = station.send({"n": "pageview", "u": "https://copy.example/a", "d": "copy.example"})
    assert refusal(reply) == (202, "unknown_site", "1")
    assert reply.entry is None
    assert station.dropped() == {NOWHERE.id: {"unknown_site": 1}}
    found = station.latest("")
    assert (found.hostname, found.path, found.reason) == ("copy.example", "/a", Reason.UNKNOWN_SITE)


@pytest.mark.parametrize(
    ("setting", "options", "reason"),
    [
        ({}, {"agent": BOT}, "bot"),
        ({}, {"agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0 Safari/537.36"}, "bot"),
        ({}, {"agent": "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)"}, "bot"),
        ({}, {"r": "http://site1.semalt.com/"}, "spam_referrer"),
        ({"hostnames": ("shop.example.org",)}, {}, "hostname"),
        ({"hostnames": ("example.org",)}, {"origin": "https://evil.example"}, "hostname"),
        ({"excluded_paths": ("/*",)}, {}, "excluded_path"),
        ({"excluded_networks": ("192.0.2.0/24",)}, {}, "excluded_network"),
        ({}, {"sec_gpc": "1"}, "opted_out"),
        ({}, {"dnt": "1"}, "opted_out"),
    ],
)  # fmt: skip
def test_every_refusal_is_told_counted_and_shown(station: Station, setting: dict[str, Any], options: dict[str, Any], reason: str) -> None:
    """T20: still 202 with CORS, the reason in a header, in the ledger and among the arrivals; no row."""
    station.setting(**setting)
    reply = station.view(**options)
    assert refusal(reply) == (202, reason, "1")
    assert (reply.body, reply.entry) == (b"ok", None)
    assert headers(reply)["access-control-allow-origin"] == "*"
    assert station.dropped() == {"example.org": {reason: 1}}
    assert station.latest().reason == reason


def test_of_those_who_object_nothing_is_kept(station: Station) -> None:
    """D34: not the page, not the name; and no tag was made, for there is no key."""
    station.view("https://example.org/private", sec_gpc="1")
    found = station.latest()
    assert (found.name, found.hostname, found.path) == ("", "", "")
    assert station.keys.dump() == Keys().dump()


def test_an_office_passes_and_a_flood_is_bounded(station: Station) -> None:
    """T20: 50 people behind one address with one kind of browser, 12 events each in a minute, all count; then the
    same address sends on, and all of it is refused until the next minute."""
    replies = [refusal(station.view()) for _ in range(1600)]
    assert replies[:600] == [(202, None, None)] * 600
    assert replies[600:] == [(202, "rate", "1")] * 1000
    assert station.dropped() == {"example.org": {"rate": 1000}}
    assert station.view(peer="192.0.2.8").entry is not None
    station.now += 60
    assert station.view().entry is not None


def test_a_flood_is_refused_before_its_texts_are_read(station: Station) -> None:
    """Of what counted the page is shown, of what was too much only the host: nobody took the work on to make it fit to show."""
    for _ in range(600):
        station.view("https://example.org/a")
    assert (station.latest().hostname, station.latest().path) == ("example.org", "/a")
    assert refusal(station.view("https://example.org/u/jane@example.org")) == (202, "rate", "1")
    assert (station.latest().name, station.latest().hostname, station.latest().path) == ("pageview", "example.org", "")


def test_which_reason_is_told_when_several_apply(station: Station) -> None:
    """docs/api.md: what is no event; whom the visitor's will keeps out; a flood; the owner's will, even about robots; then
    suspicions, the first of which stands. Each is what remains when those before it are mended."""
    station.setting(hostnames=("example.org",), excluded_networks=("192.0.2.0/24",), excluded_paths=("/private",))
    wrong = {"url": "data:x", "r": "https://semalt.com/", "agent": BOT, "sec_gpc": "1"}
    mended: list[tuple[str, dict[str, str]]] = [
        ("opted_out", {"url": "https://copy.example/private"}),
        ("rate", {"sec_gpc": "0"}),
        ("excluded_network", {"peer": "192.0.2.8"}),
        ("excluded_path", {"peer": "198.51.100.7"}),
        ("bot", {"url": "https://copy.example/"}),
        ("hostname", {"agent": FIREFOX}),
        ("spam_referrer", {"url": "https://example.org/"}),
    ]
    for _ in range(600):
        station.view(agent=BOT)
    assert list(errors(station.view(**wrong))) == ["url"]
    for reason, better in mended:
        wrong |= better
        assert refusal(station.view(**wrong)) == (202, reason, "1")
    assert refusal(station.view(**wrong | {"r": ""})) == (202, None, None)
    assert station.dropped()["example.org"]["invalid"] == 1


def test_what_is_no_page_refuses_a_batch_even_where_it_is_too_old(station: Station) -> None:
    """The sender learns what is wrong with it, and nothing is counted twice."""
    reply = station.batch(event(timestamp="1999-12-31T12:00:00Z"), event(timestamp="1999-12-31T12:00:00Z", u="data:x"))
    assert (reply.status, [(error["index"], error["field"]) for error in json.loads(reply.body)["errors"]]) == (400, [(1, "url")])
    assert station.dropped() == {NOWHERE.id: {"invalid": 1}}


# --- answers


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{", "request"),
        (b"[" * 50_000, "request"),
        ({"n": "pageview", "d": "example.org"}, "url"),
        ({"n": "pageview", "d": "example.org", "u": "https://example.org/" + "a" * 10_000}, "url"),
        ({"n": "pageview", "d": "example.org", "u": "data:text/html,x"}, "url"),
        ({"n": "pageview", "d": "example.org", "u": "https://[::1/"}, "url"),
        ({"d": "example.org", "u": "https://example.org/"}, "event_name"),
        ({"n": "x" * 121, "d": "example.org", "u": "https://example.org/"}, "event_name"),
        ({"n": "x", "d": 5, "u": "https://example.org/"}, "domain"),
        ({"n": "x", "d": "example.org", "u": "https://example.org/", "p": {"a": "b" * 2001}}, "props"),
        ({"n": "engagement", "d": "example.org", "u": "https://example.org/"}, "request"),
    ],
)
def test_bad_input_is_refused_by_field_and_the_next_event_counts(station: Station, body: Any, field: str) -> None:
    """T7: 400 with CORS, the field and a message, counted as invalid; the collector goes on."""
    reply = station.send(body)
    assert list(errors(reply)) == [field]
    assert headers(reply)["access-control-allow-origin"] == "*"
    known = isinstance(body, dict) and body.get("d") == "example.org"
    assert station.dropped() == {"example.org" if known else NOWHERE.id: {"invalid": 1}}
    assert station.latest(station.site.id if known else "").detail.startswith(f"{field}: ")
    assert refusal(station.view()) == (202, None, None)


def test_a_bad_address_for_an_unknown_site(station: Station) -> None:
    reply = station.send({"n": "pageview", "u": "data:x", "d": "unknown.example"})
    assert list(errors(reply)) == ["url"]
    assert station.dropped() == {NOWHERE.id: {"invalid": 1}}


@pytest.mark.parametrize("path", [ONE, MANY])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "BREW"])
def test_a_wrong_method_is_answered_405_and_counted(station: Station, path: str, method: str) -> None:
    """405 with what is allowed, and counted."""
    reply = station.send({}, method=method, path=path)
    assert (reply.status, headers(reply)["allow"]) == (405, "POST, OPTIONS")
    assert headers(reply)["access-control-allow-origin"] == "*"
    assert station.dropped() == {NOWHERE.id: {"invalid": 1}}


def test_a_preflight_allows_what_trackers_send(station: Station) -> None:
    """T11: a JSON content type makes browsers ask first."""
    reply = station.send(b"", method="OPTIONS")
    assert (reply.status, reply.body) == (204, b"")
    found = headers(reply)
    assert found["access-control-allow-methods"] == "POST, OPTIONS"
    assert "*" in found["access-control-allow-headers"]


@pytest.mark.parametrize(("path", "most"), [(ONE, 64 * 1024), (MANY, 5 * 1024 * 1024)])
def test_a_body_over_the_limit_is_answered_413(station: Station, path: str, most: int) -> None:
    """R-10: 413 over the limit, by the length that is announced and by the length that came."""
    key = station.control.api_keys.add(None, ["events"])
    assert station.send(b" " * most, path=path, key=key).status == 400
    assert station.send(b" " * (most + 1), path=path, key=key).status == 413
    assert station.send(b"", path=path, key=key, content_length=str(most + 1)).status == 413
    assert station.send(b"", path=path, key=key, content_length="9" * 5000).status == 413
    assert station.dropped() == {NOWHERE.id: {"invalid": 4}}


def test_no_answer_can_be_stored_by_the_browser(station: Station) -> None:
    """No cookie, no ETag, nothing to cache: answers store nothing on anybody's device. CORS on every one (T11)."""
    key = station.control.api_keys.add(None, ["events"])
    replies = [
        station.view(), station.view(sec_gpc="1"), station.send(b"{"), station.send(b"", method="GET"), station.send(b"", method="OPTIONS"),
        station.send(b"", path="/api/other"), station.send(b" " * 70_000), station.send(b"", path=MANY), station.send(b"", path=MANY, key=key),
        station.batch({"n": "pageview"}), station.send(b"", content_encoding="gzip"), station.pixel(), station.pixel("u=https://example.org/"),
        station.send(b"", path=PIXEL, method="POST"), station.send(b"", path=PIXEL, method="OPTIONS"), station.send(b"", path=PIXEL, method="HEAD"),
    ]  # fmt: skip
    assert [reply.status for reply in replies] == [202, 202, 400, 405, 204, 404, 413, 401, 400, 400, 415, 200, 200, 405, 204, 200]
    for reply in replies:
        found = headers(reply)
        assert found["access-control-allow-origin"] == "*"
        assert found["cache-control"] == "no-store"
        assert not {"etag", "set-cookie", "last-modified", "access-control-allow-credentials"} & set(found)


def test_a_fault_of_ours_is_no_500_and_repeats_nothing(
    station: Station, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log names the place, not what was sent."""

    def broken(_: Any) -> Any:
        raise RuntimeError("192.0.2.7 https://example.org/secret")

    monkeypatch.setattr("analytics.ingest.single.run", broken)
    reply = station.view("https://example.org/secret")
    assert list(errors(reply)) == ["request"]
    assert station.dropped() == {NOWHERE.id: {"invalid": 1}}
    assert "RuntimeError at" in caplog.text
    assert "secret" not in caplog.text


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["example.org", "https://example.org/"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_KEYS = st.sampled_from(["n", "name", "u", "url", "d", "domain", "r", "p", "props", "m", "h", "i", "$", "sd", "e", "w", "tz", "x"])
_BODIES = st.one_of(
    st.binary(max_size=200),
    st.dictionaries(_KEYS, _JSON).map(lambda fields: json.dumps(fields).encode()),
    st.dictionaries(_KEYS, _JSON).map(
        lambda fields: json.dumps({"n": "pageview", "u": "https://example.org/", "d": "example.org"} | fields).encode()
    ),
    st.text(max_size=60).map(lambda text: json.dumps({"n": text, "u": f"https://example.org/{text}?utm_source={text}", "r": text}).encode()),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(body=_BODIES)
def test_whatever_is_sent_is_counted_or_dropped_by_reason(station: Station, caplog: pytest.LogCaptureFixture, body: bytes) -> None:
    """T7, T20: an answer of the contract, never a fault; received = counted + dropped; what is stored can be written."""
    station.dropped()
    station.rows.clear()
    station.now += 1
    with caplog.at_level(logging.ERROR):
        reply = station.send(body)
    assert not caplog.records
    assert reply.status in (202, 400)
    dropped = sum(sum(reasons.values()) for reasons in station.dropped().values())
    assert len(station.rows) + dropped >= 1
    assert (reply.entry is not None) == bool(station.rows)
    for row in station.rows:
        for value in (row.name, row.path, row.source, *row.props, *row.props.values()):
            assert "\x00" not in value
            value.encode()
    assert station.view().entry is not None


# --- batches


def event(at: str = "2026-03-01T10:00:00Z", **fields: Any) -> dict[str, Any]:
    """A page view of an hour ago."""
    return {"n": "pageview", "u": "https://example.org/", "d": "example.org", "timestamp": at, "visitor": "jane", **fields}


def test_a_batch_is_one_entry(station: Station) -> None:
    """Rows and refusals of all sites, and the key, in one record: stored wholly or not at all."""
    reply = station.batch(
        event(),
        event(u="https://other.example/", d="other.example"),
        event(d="unknown.example"),
        event(visitor=None, ip="198.51.100.7", user_agent=BOT),
    )
    assert (reply.status, json.loads(reply.body)) == (202, {"accepted": 2, "dropped": {"bot": 1, "unknown_site": 1}})
    assert reply.entry is not None
    parts = {part.site: part for part in reply.entry.parts}
    assert len(parts[station.site.id].rows) == len(parts[station.other.id].rows) == 1
    assert parts[station.site.id].dropped == {"2026-03-01": {"bot": 1}}
    assert parts[NOWHERE.id].dropped == {"2026-03-01": {"unknown_site": 1}}
    assert reply.entry.batch is not None
    assert reply.entry.batch.answer == reply.body.decode()
    assert "batch-1" not in reply.entry.batch.key
    assert station.dropped() == {}


def test_what_a_batch_identifies_with_is_left_out_on_the_events_own_day(station: Station) -> None:
    """D33: in the same entry as the rows."""
    reply = station.batch(event(p={"email": "a", "plan": "large"}), event(at="2026-02-27T10:00:00Z", p={"order_id": "b", "uid": "c"}))
    assert reply.entry is not None
    [part] = reply.entry.parts
    assert part.left_out == {"2026-03-01": 1, "2026-02-27": 2}
    assert [row.props for row in station.rows] == [{}, {"plan": "large"}]
    assert station.dropped() == {}


def test_events_are_taken_in_the_order_of_their_times(station: Station) -> None:
    """Whatever the order in the batch: one visit, entered on the first page."""
    times = {"third": "09:45", "second": "09:30", "last": "10:15", "first": "09:15"}
    station.batch(*[event(f"2026-03-01T{time}:00Z", u=f"https://example.org/{page}") for page, time in times.items()])
    assert [(row.path, row.seq, row.gap) for row in station.rows] == [
        ("/first", 0, 0), ("/second", 1, 900), ("/third", 2, 900), ("/last", 3, 1800),
    ]  # fmt: skip
    assert len({row.visit for row in station.rows}) == 1


def test_given_facts_stand_before_derived_ones(station: Station) -> None:
    station.batch(
        event(
            visitor=None, ip="198.51.100.7", user_agent=FIREFOX, country="at", browser="Lynx", screen="Desktop", utm_source="fb",
            utm_medium="cpc", language="de", region="Styria",
        )
    )  # fmt: skip
    [row] = station.rows
    assert (row.country, row.browser, row.os, row.screen, row.language) == ("AT", "Lynx", "Linux", "Desktop", "de")
    assert (row.utm_source, row.source, row.channel) == ("fb", "Facebook", "Paid Social")
    assert row.region == ""


def test_events_of_any_age_within_what_the_site_keeps(station: Station) -> None:
    """13 whole months by default: what lies before them is dropped with that reason, and counted on its day."""
    reply = station.batch(event("2025-02-01T00:00:00+01:00"), event("2025-01-31T23:59:59+01:00"), event("1999-12-31T00:00:00Z"))
    assert json.loads(reply.body) == {"accepted": 1, "dropped": {"too_old": 2}}
    assert [row.day.isoformat() for row in station.rows] == ["2025-02-01"]
    assert reply.entry is not None
    assert reply.entry.parts[0].dropped == {"1999-12-31": {"too_old": 1}, "2025-01-31": {"too_old": 1}}


def test_events_at_the_same_moment_keep_the_order_they_were_sent_in(station: Station) -> None:
    station.batch(*[event(u=f"https://example.org/{page}") for page in "cab"])
    assert [(row.path, row.seq, row.gap) for row in station.rows] == [("/c", 0, 0), ("/a", 1, 0), ("/b", 2, 0)]


def test_every_kind_of_event_may_be_in_a_batch(station: Station) -> None:
    """Reading time belongs to the visit before it in time, wherever it stands; money and what ends no bounce, too."""
    reply = station.batch(
        event("2026-03-01T10:00:20Z", n="engagement", e=9000, sd=40),
        event("2026-03-01T10:00:10Z", n="Buy", revenue={"amount": 9.5, "currency": "EUR"}, interactive=False),
        event("2026-03-01T10:00:00Z"),
        event("2026-03-01T10:00:20Z", n="engagement", e=1, visitor="nobody"),
    )
    assert json.loads(reply.body) == {"accepted": 3, "dropped": {"no_visit": 1}}
    view, order, reading = station.rows
    assert (view.name, order.revenue, order.currency, order.interactive) == ("pageview", "9.500", "EUR", False)
    assert (reading.engaged, reading.scroll, reading.visit) == (9000, 40, view.visit)


def test_the_sums_of_a_batch_are_what_was_sent(station: Station) -> None:
    """An event for two sites is two: accepted and dropped together are all of them."""
    reply = station.batch(
        *[event(d="example.org,other.example,unknown.example") for _ in range(3)],
        *[event(visitor=None, ip="198.51.100.7", user_agent=BOT) for _ in range(4)],
    )
    answer = json.loads(reply.body)
    assert answer == {"accepted": 6, "dropped": {"bot": 4, "unknown_site": 3}}
    assert list(answer["dropped"]) == sorted(answer["dropped"])
    assert len(station.rows) == 6


def test_a_batch_of_a_thousand(station: Station) -> None:
    assert json.loads(station.batch(*[event()] * 1000).body) == {"accepted": 1000, "dropped": {}}


def test_nobody_can_try_out_guesses_of_an_idempotency_key(station: Station) -> None:
    """A sender may have written an address into it: what is kept is a hash by the sender's own API key, whose text is not
    kept anywhere. Two senders' hashes of one key have nothing in common, and no plain hash of anything that is here fits."""
    guess = "198.51.100.7"
    keys = [station.control.api_keys.add(None, ["events"]) for _ in range(2)]
    kept = []
    for key in keys:
        reply = station.batch(event(), name=guess, key=key)
        assert reply.entry is not None
        assert reply.entry.batch is not None
        kept.append(reply.entry.batch.key)
    assert kept[0] != kept[1]
    on_disk = [row[0] for row in station.control._database.execute("SELECT digest FROM keys")]
    on_disk += [value for (value,) in station.control._database.execute("SELECT value FROM secrets")]
    guesses = {blake2b(guess.encode(), key=secret, digest_size=32).hexdigest() for secret in (b"", *on_disk)}
    guesses |= {hasher(f"{prefix}{guess}".encode()).hexdigest() for hasher in (sha256, blake2b) for prefix in ("", "1:", "2:")}
    assert not guesses & set(kept)


def test_t15_a_batch_that_was_on_its_way_at_midnight_joins_the_visit(station: Station) -> None:
    """A page of 23:59:59 that comes at 00:00:01 belongs to the visitor of 23:58, and the visit goes on on the new day."""
    who = {"visitor": None, "ip": "192.0.2.7", "user_agent": FIREFOX}
    station.now = NOON + 12 * 3600 - 120
    station.view()
    station.now = NOON + 12 * 3600 + 1
    station.batch(event("2026-03-01T22:59:59Z", **who))
    station.now = NOON + 12 * 3600 + 60
    station.view()
    first, late, next_day = station.rows
    assert (late.day, late.visitor, late.visit, late.seq) == (first.day, first.visitor, first.visit, 1)
    assert (next_day.visit, next_day.seq, next_day.visitor == first.visitor) == (first.visit, 2, False)


def test_a_person_of_a_past_day_is_one_visitor_across_batches(station: Station) -> None:
    """The key of a past day lives as long as the stream of batches."""
    station.batch(event("2026-02-20T10:00:00Z"), name="1")
    station.now += 60
    station.batch(event("2026-02-20T18:00:00Z"), name="2")
    first, second = station.rows
    assert first.visitor == second.visitor
    assert first.visit != second.visit
    assert [row.day.isoformat() for row in station.rows] == ["2026-02-20", "2026-02-20"]


def test_a_server_and_a_browser_see_the_same_person_today(station: Station) -> None:
    """An order that the shop's server reports belongs to the visit that the browser is in."""
    station.view()
    station.now += 60
    station.batch(event("2026-03-01T11:00:30Z", n="Order", visitor=None, ip="192.0.2.7", user_agent=FIREFOX))
    view, order = station.rows
    assert (order.visitor, order.visit) == (view.visitor, view.visit)


def test_an_event_a_little_ahead_of_our_clock_counts_now(station: Station) -> None:
    station.batch(event("2026-03-01T11:00:59Z"))
    assert station.rows[0].time == "2026-03-01T11:00:00"


def test_objections_of_the_sender_are_not_the_visitors(station: Station) -> None:
    """The headers of a batch are its sender's."""
    key = station.control.api_keys.add(None, ["events"])
    body = {"idempotency_key": "k", "events": [event()]}
    assert json.loads(station.send(body, path=MANY, key=key, dnt="1").body)["accepted"] == 1


def test_the_same_key_again_gives_the_first_answer_and_stores_nothing(station: Station) -> None:
    first = station.batch(event())
    station.collector.settle(first, stored=True)
    again = station.batch(event(), event())
    assert (again.status, again.body, again.entry) == (202, first.body, None)
    assert len(station.rows) == 1


def test_the_same_key_after_a_restart(station: Station) -> None:
    """What memory has forgotten, the site's file knows."""
    first = station.batch(event())
    assert first.entry is not None
    assert first.entry.batch is not None
    station.store.answers[station.site.id, first.entry.batch.key] = first.entry.batch.answer
    station.restart()
    again = station.batch(event(d="unknown.example"), event())
    assert (again.body, again.entry) == (first.body, None)


def test_keys_of_two_senders_do_not_meet(station: Station) -> None:
    """An idempotency key is its API key's own."""
    station.collector.settle(station.batch(event()), stored=True)
    other = station.control.api_keys.add(None, ["events"])
    assert station.batch(event(), key=other).entry is not None


def test_what_was_not_stored_may_be_sent_again(station: Station) -> None:
    """After a failed write the key is free."""
    station.collector.settle(station.batch(event()), stored=False)
    again = station.batch(event())
    assert again.entry is not None
    assert json.loads(again.body) == {"accepted": 1, "dropped": {}}


@pytest.mark.parametrize("stored", [True, False])
def test_the_same_key_at_the_same_time_waits_for_the_first(station: Station, stored: bool) -> None:
    """If the first was stored, the second gets its answer; if not, the second is taken in."""
    first = station.batch(event())
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(station.batch, event())
        assert not second.done()
        station.collector.settle(first, stored)
        assert (second.result(timeout=10).entry is None) is stored


def test_a_broken_database_does_not_refuse_batches(station: Station) -> None:
    """The collector answers even when DuckDB is being repaired; the writer compares keys again when it loads."""
    station.store.broken = True
    assert station.batch(event()).entry is not None


def test_a_batch_with_an_invalid_event_is_refused_whole(station: Station) -> None:
    """Each mistake with the event's number; nothing is stored, and the key is free for the corrected batch."""
    reply = station.batch(event(), event(u=None), event("2026-03-01T11:00:00"), event(visitor=None, ip="nowhere", user_agent="x"))
    assert [(error["index"], error["field"]) for error in errors(reply)] == [(1, "url"), (2, "timestamp")]
    reply = station.batch(event(), event(visitor=None, ip="nowhere", user_agent="x"), event(u="data:x"))
    assert errors(reply) == [
        {"index": 1, "field": "ip", "message": "not an IP address"},
        {"index": 2, "field": "url", "message": errors(reply)[1]["message"]},
    ]
    assert station.rows == []
    assert station.dropped() == {NOWHERE.id: {"invalid": 4}}
    assert station.batch(event()).entry is not None


def test_a_batch_that_is_none(station: Station) -> None:
    key = station.control.api_keys.add(None, ["events"])
    for body, field in (
        (b"{", "request"),
        ({"events": [event()]}, "idempotency_key"),
        ({"idempotency_key": "k" * 129, "events": [event()]}, "idempotency_key"),
        ({"idempotency_key": "k", "events": []}, "events"),
        ({"idempotency_key": "k", "events": [event()] * 1001}, "events"),
    ):
        [error] = errors(station.send(body, path=MANY, key=key))
        assert (error["index"], error["field"]) == (None, field)


def test_batches_need_a_key_with_the_scope(station: Station) -> None:
    """401 without one, as JSON."""
    statistics = station.control.api_keys.add(None, ["stats"])
    for key in ("", "wrong", statistics, "x" * 10_000):
        reply = station.send({"idempotency_key": "k", "events": [event()]}, path=MANY, key=key)
        assert reply.status == 401
        assert list(json.loads(reply.body)["errors"]) == ["request"]
    assert headers(reply)["www-authenticate"] == "Bearer"


def test_a_key_for_one_site_is_for_no_other(station: Station) -> None:
    """Naming the event; unknown sites are not told from other people's."""
    key = station.control.api_keys.add(station.site, ["events"])
    reply = station.batch(event(), event(d="other.example"), event(d="unknown.example"), key=key)
    assert errors(reply) == [
        {"index": 1, "field": "domain", "message": "the key is not for this site"},
        {"index": 2, "field": "domain", "message": "the key is not for this site"},
    ]
    assert station.batch(event(), key=key).status == 202


def test_a_key_is_looked_up_once_in_ten_seconds(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream of batches does not ask the database each time; a revoked key works for ten seconds at most."""
    asked = []
    real = station.control.api_keys.find
    monkeypatch.setattr(station.control.api_keys, "find", lambda text: asked.append(1) or real(text))
    for number in range(3):
        station.batch(event(), name=str(number))
    assert len(asked) == 1
    station.now += 10
    station.batch(event(), name="later")
    assert len(asked) == 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(events=st.lists(st.dictionaries(_KEYS | st.sampled_from(["timestamp", "ip", "visitor", "city"]), _JSON), min_size=1, max_size=3))
def test_whatever_a_batch_holds_it_is_stored_or_refused(station: Station, caplog: pytest.LogCaptureFixture, events: list[Any]) -> None:
    """T7 for batches: 202 or 400, never a fault, never half."""
    with caplog.at_level(logging.ERROR):
        reply = station.batch(*[event() | fields for fields in events])
    assert not caplog.records
    assert reply.status in (202, 400)
    station.collector.settle(reply, stored=False)


def test_nothing_made_from_a_person_is_in_an_entry(station: Station) -> None:
    """Rows of the same traffic from another address differ in their random numbers alone."""
    rows = []
    for peer in ("192.0.2.7", "203.0.113.99"):
        station.view(peer=peer)
        rows.append(station.rows.pop())
    numbers = ("visitor", "visit")
    first, second = ({name: getattr(row, name) for name in row.__struct_fields__ if name not in numbers} for row in rows)
    assert first == second
    assert rows[0].visitor != rows[1].visitor
