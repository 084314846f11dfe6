"""``?debug=1``: an owner is told what would become of an event, step by step, and nothing comes of it."""

import json
from typing import Any

import pytest

from analytics.ingest.pipeline import STEPS
from analytics.model import Row, Visitor
from tests.ingest.station import FIREFOX, Station

VIEW = {"n": "pageview", "u": "https://www.example.org/Shop/?utm_source=fb&q=secret#top", "d": "example.org", "w": 1280}


def told(station: Station, body: Any = VIEW, **options: Any) -> Any:
    """What the first site answers."""
    return station.rehearse(body, **options)["sites"][0]


def test_what_would_be_stored_is_what_is_stored(station: Station) -> None:
    """But for the numbers of visitor and visit, which are drawn when it is."""
    found = told(station)
    station.send(VIEW)
    stored = {name: getattr(station.rows[0], name) for name in Row.__struct_fields__ if name not in ("visitor", "visit")}
    assert found["row"] == stored | {"day": "2026-03-01"}
    assert (found["site"], found["result"], found["new_visit"]) == ("example.org", "counted", True)


def test_each_step_says_what_it_did(station: Station) -> None:
    """In their order; a step that had nothing to do says nothing more than its name."""
    steps = {step["step"]: step.get("changed") for step in told(station, VIEW | {"r": "https://news.example/a"})["steps"]}
    assert list(steps) == [step.__name__ for step in STEPS]
    assert steps["form"] == {"name": "pageview", "hostname": "example.org"}
    assert steps["scrub"] == {"path": "/Shop/", "query": {"utm_source": "fb"}, "referrer": "news.example/a"}
    assert (steps["source"], steps["channel"], steps["screen"]) == ({"tag": "fb", "source": "Facebook"}, {"channel": "Organic Social"}, {"screen": "Laptop"})
    assert (steps["visitor"]["visitor"]["browser"], steps["bot"]) == ("Firefox", None)


def test_nothing_of_the_person_but_coarse_facts_is_told(station: Station) -> None:
    """No address, no User-Agent, no tag."""
    body = json.dumps(station.rehearse(VIEW, peer="198.51.100.77"))
    assert "198.51.100.77" not in body
    assert FIREFOX not in body
    assert '"previous_tag"' not in body
    [who] = [step["changed"]["visitor"] for step in told(station)["steps"] if step["step"] == "visitor"]
    assert set(Visitor.__struct_fields__) - {"tag", "previous_tag", "network"} == set(who)


@pytest.mark.parametrize(
    ("setting", "options", "reason", "at"),
    [
        ({"excluded_paths": ("/shop/",), "case_sensitive": False}, {}, "excluded_path", "excluded_path"),
        ({"excluded_networks": ("192.0.2.0/24",)}, {}, "excluded_network", "network"),
        ({}, {"sec_gpc": "1"}, "opted_out", "opt_out"),
        ({}, {"agent": "curl/8"}, "bot", "bot"),
    ],
)
def test_a_refusal_names_the_step_and_the_reason(station: Station, setting: Any, options: Any, reason: str, at: str) -> None:
    station.setting(**setting)
    found = told(station, VIEW, **options)
    assert (found["result"], "row" in found) == (reason, False)
    assert found["why"]
    [refusing] = [step for step in found["steps"] if step.get("refused")]
    assert (refusing["step"], refusing["refused"]) == (at, reason)
    assert found.get("kept_apart", False) is (reason == "bot")


def test_a_visit_that_is_open_goes_on(station: Station) -> None:
    """The row has the attributes of the visit's first event, as the stored one would."""
    station.send(VIEW)
    station.now += 60
    found = told(station, VIEW | {"u": "https://example.org/b?utm_source=other"})
    assert (found["new_visit"], found["row"]["utm_source"], found["row"]["seq"], found["row"]["gap"]) == (False, "fb", 1, 60)


def test_reading_time_without_a_visit(station: Station) -> None:
    """Refused behind the steps, by the visits that are open."""
    found = told(station, {"n": "engagement", "u": "https://example.org/", "e": 1000})
    assert (found["result"], len(found["steps"])) == ("no_visit", len(STEPS))


def test_nothing_comes_of_it(station: Station) -> None:
    """No row, no sum, no visit, no arrival, no event towards the visitor's limit."""
    for body in (VIEW, VIEW | {"d": "unknown.example"}, {"n": 1}, b"{"):
        for agent in (FIREFOX, "curl/8"):
            station.rehearse(body, agent=agent)
    assert station.dropped() == {}
    assert [station.arrivals.latest(site) for site in (station.site.id, "")] == [[], []]
    assert len(station.visitors) == 0
    for _ in range(700):
        station.rehearse(VIEW)
    assert station.send(VIEW).entry is not None
    assert station.rows[0].seq == 0


def test_each_site_is_rehearsed_and_mistakes_are_refused(station: Station) -> None:
    """Each site by itself; an unknown one, too; and what is no event is refused as it would be."""
    sites = station.rehearse(VIEW | {"d": "example.org,other.example,unknown.example"})["sites"]
    assert [(found["site"], found["result"]) for found in sites] == [
        ("example.org", "counted"), ("other.example", "counted"), ("unknown.example", "unknown_site"),
    ]  # fmt: skip
    assert list(station.rehearse({"n": "pageview", "u": "data:x", "d": "example.org"})["errors"]) == ["url"]
    assert list(station.rehearse(b"{")["errors"]) == ["request"]
    assert list(station.rehearse(b" " * 70_000)["errors"]) == ["request"]


def test_only_owners_and_holders_of_a_key_may_rehearse(station: Station) -> None:
    """Who is signed in, or has a key that may send events to that site."""
    everywhere = station.control.api_keys.add(None, ["events"])
    here = station.control.api_keys.add(station.site, ["events"])
    statistics = station.control.api_keys.add(None, ["stats"])
    for key in (everywhere, here):
        assert station.rehearse(VIEW, signed_in=False, key=key)["sites"][0]["result"] == "counted"
    for key in ("", "wrong", statistics):
        assert list(station.rehearse(VIEW, signed_in=False, key=key)["errors"]) == ["request"]
    for domain in ("other.example", "unknown.example"):
        assert station.rehearse(VIEW | {"d": domain}, signed_in=False, key=here)["errors"] == {"domain": ["the key is not for this site"]}
