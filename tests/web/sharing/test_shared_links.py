"""Shared views (D51): what a stranger with a link sees, and what nothing that they ask for shows."""

import re
from datetime import date, timedelta
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from msgspec.structs import replace

from analytics.site import SharedLink, Site
from analytics.store.control.throttle import ATTEMPTS
from analytics.web.services import Services
from analytics.web.sharing.shared_links import COOKIE, UNLOCKED
from tests.web.conftest import Watch
from tests.web.visits import TODAY, Visits

WORDS = "four words walk home"


@pytest.fixture
def share(services: Services, site: Site) -> Any:
    """Makes a link and returns it."""

    def share(password: str = "", **fields: Any) -> SharedLink:
        return services.control.shared_links.put(site, SharedLink(**{"name": "The board", **fields}), password, by="ada")

    return share


def text(html: str) -> str:
    """What stands on the page, without markup."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def rows(html: str, panel: str) -> dict[str, str]:
    """Value -> first figure, from one panel's table."""
    card = re.search(rf'<section id="panel-{panel}".*?</section>', html, re.DOTALL)
    if card is None:
        return {}
    found = re.findall(r'<tr class="depth.*?<bdi>(.*?)</bdi>.*?|<tr class="depth.*?<span class="said"><span>(.*?)</span>.*?', card[0], re.DOTALL)
    labels = [unescape((one or other).replace("<wbr>", "")) for one, other in found]
    figures = [unescape(each) for each in re.findall(r'</th><td class="number">(.*?)</td>|</th>\s*<td class="number">(.*?)</td>', card[0]) for each in each if each]
    return dict(zip(labels, figures, strict=True))


def headline(html: str) -> dict[str, str]:
    """Metric -> figure."""
    return dict(re.findall(r'data-metric="(\w+)">([^<]*)<', html))


# --- who comes in ----------------------------------------------------------------------------------------


def test_a_link_shows_the_numbers_without_an_account(client: FlaskClient, share: Any, visits: Visits) -> None:
    """No cookie is set, no search engine keeps it, nobody else does, and nothing on it leads to where things are set up."""
    visits.add("/", "/shop/", times=12)
    token = share().token
    answer = client.get(f"/share/{token}")
    assert answer.status_code == 200
    assert headline(answer.text)["visitors"] == "12"
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    links = set(re.findall(r'(?:href|action|hx-get)="(/[^"?]*)', answer.text)) - {"/static/footfall.svg"}
    assert f"/share/{token}" in links
    assert all(link.startswith(("/share/", "/static/built/")) for link in links), links


def test_an_owner_sees_there_what_everybody_sees(signed_in_client: FlaskClient, share: Any, visits: Visits) -> None:
    """The sign-in is not read: what the link shows is what was meant to be shown."""
    visits.add("/", country="NP")
    answer = signed_in_client.get(f"/share/{share().token}")
    assert "Nepal" not in answer.text
    assert "/sites/" not in answer.text


@pytest.mark.parametrize("why", ["wrong", "revoked", "expired", "removed"])
def test_what_does_not_work_does_not_say_why(
    client: FlaskClient, share: Any, services: Services, site: Site, why: str
) -> None:
    """The same page, byte for byte, whether the token never was, is no more, or is too old; on every address."""
    token = share(expires=TODAY - timedelta(days=1) if why == "expired" else None).token
    if why == "revoked":
        services.control.shared_links.remove(site, 1, by="ada")
    if why == "removed":
        services.control.sites.remove(site)
    token = "x" * 43 if why == "wrong" else token
    never = client.get("/share/never")
    for path in (f"/share/{token}", f"/share/{token}/live"):
        answer = client.get(path)
        assert (answer.status_code, answer.text.replace(path, "/share/never")) == (404, never.text)
        assert "example.org" not in answer.text


def test_a_link_works_through_its_last_day(client: FlaskClient, share: Any, clock: Watch) -> None:
    """In the site's zone: at 22:00 UTC the next day has begun in Berlin."""
    token = share(expires=TODAY).token
    clock.now += 5.7 * 3600  # 21:55 in Berlin
    assert client.get(f"/share/{token}").status_code == 200
    clock.now += 2.2 * 3600
    assert client.get(f"/share/{token}").status_code == 404


def test_a_public_view_has_the_sites_own_address(client: FlaskClient, share: Any, visits: Visits) -> None:
    """For search engines, too; a site without one is not told from one that is not here."""
    visits.add("/")
    nothing = client.get("/public/example.org")
    assert nothing.status_code == 404
    assert client.get("/public/no.example").text.replace("no.example", "example.org") == nothing.text
    share()
    assert client.get("/public/example.org").status_code == 404
    share(kind="public", name="Everyone")
    answer = client.get("/public/example.org")
    assert answer.status_code == 200
    assert headline(answer.text)["visitors"] == "1"
    assert "noindex" not in answer.text
    assert "X-Robots-Tag" not in answer.headers
    assert '"/public/example.org/live?' in answer.text
    assert client.get("/public/example.org/live").status_code == 200


def test_strangers_cannot_watch_what_happens(client: FlaskClient, share: Any, visits: Visits) -> None:
    """Decision 0034: no page of the last half hour, no word of when somebody came; how many are here is told from ten on,
    and the same before and after one visitor more."""
    visits.add("/", at="16:12")
    token = share().token
    share(kind="public", name="Everyone")
    for view in (f"/share/{token}", "/public/example.org"):
        assert client.get(f"{view}/realtime").status_code == 404
        assert "realtime" not in client.get(view).text
        first = client.get(f"{view}/live")
        visits.add("/", at="16:13")
        second = client.get(f"{view}/live?seen=")
        assert first.text == second.text
        assert "fewer than 10" in first.text
        assert not any(name.startswith("HX-") for answer in (first, second) for name, _value in answer.headers)


# --- the password ----------------------------------------------------------------------------------------


def test_a_password_is_asked_for_and_remembered_for_this_link_alone(
    client: FlaskClient, share: Any, visits: Visits, clock: Watch
) -> None:
    """By a cookie of its own that lasts some hours; nothing of the site stands on the page before."""
    visits.add("/")
    token, other = share(WORDS, kind="password").token, share(WORDS, kind="password", name="Other").token
    page = client.get(f"/share/{token}")
    assert (page.status_code, "data-metric" in page.text, "example.org" in text(page.text)) == (200, False, False)
    assert client.get(f"/share/{token}/live").status_code == 404
    wrong = client.post(f"/share/{token}", data={"password": "four words run home"})
    assert (wrong.status_code, "Set-Cookie" in wrong.headers) == (401, False)
    assert "Wrong password" in wrong.text
    right = client.post(f"/share/{token}", data={"password": WORDS})
    assert (right.status_code, right.headers["Location"]) == (303, f"/share/{token}")
    cookie = right.headers["Set-Cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert set(cookie.split("; ")[1:]) >= {"HttpOnly", f"Path=/share/{token}", "SameSite=Lax", f"Max-Age={UNLOCKED}"}
    assert headline(client.get(f"/share/{token}").text)["visitors"] == "1"
    assert client.get(f"/share/{token}/live").status_code == 200
    assert "data-metric" not in client.get(f"/share/{other}").text
    client.set_cookie(COOKIE, cookie.partition("=")[2].partition(";")[0], path=f"/share/{other}")
    assert "data-metric" not in client.get(f"/share/{other}").text
    clock.now += UNLOCKED
    assert "data-metric" not in client.get(f"/share/{token}").text


def test_a_new_password_shuts_out_who_knows_the_old_one(
    client: FlaskClient, share: Any, services: Services, site: Site
) -> None:
    """At once, with the cookie still there."""
    link = share(WORDS, kind="password")
    client.post(f"/share/{link.token}", data={"password": WORDS})
    assert "data-metric" in client.get(f"/share/{link.token}").text
    services.control.shared_links.put(site, link, "another walk of words", by="ada")
    assert "data-metric" not in client.get(f"/share/{link.token}").text


def test_guessing_a_password_is_slowed_down(client: FlaskClient, share: Any) -> None:
    """And the answer says how long to wait."""
    token = share(WORDS, kind="password").token
    for _ in range(ATTEMPTS):
        assert client.post(f"/share/{token}", data={"password": "x"}).status_code == 401
    answer = client.post(f"/share/{token}", data={"password": WORDS})
    assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (429, True)


# --- what it shows ---------------------------------------------------------------------------------------


def test_a_part_of_the_site_is_all_there_is(client: FlaskClient, share: Any, visits: Visits) -> None:
    """D51: neither pages, entry and exit pages, who is here, nor the ledger of what lies outside; not by asking either."""
    visits.add("/", "/shop/shoes", "/secret", times=12)
    visits.add("/secret", times=12)
    token = share(sections=("/shop",)).token
    for query in (
        "", "?show=entry-pages", "?show=exit-pages", "?panel=entry-pages", "?f=is,event:page,/secret", "?panel=ledger",
        "?f=is,visit:entry_page,/secret", "?f=is,visit:exit_page,/secret", "?f=contains,event:page,secret",
        "?dimension=visit:exit_page&operation=is&value=/secret", "?f=is_not,event:goal,Secret",
    ):  # fmt: skip
        page = client.get(f"/share/{token}{query}", follow_redirects=True).text
        outside = re.sub(r'<ul class="chips".*?</ul>', "", page, flags=re.DOTALL)
        outside = re.sub(r'(?:href|hx-get|value)="[^"]*"', "", outside)
        assert "/secret" not in outside, query
        assert headline(page).get("visitors") in (None, "12", "0"), query
        assert 'id="panel-ledger"' not in page
        assert 'id="live"' not in page
    assert rows(client.get(f"/share/{token}").text, "pages") == {"/shop/shoes": "12"}
    assert client.get(f"/share/{token}/live").status_code == 404


def test_only_the_panels_that_were_chosen(client: FlaskClient, share: Any, visits: Visits) -> None:
    """Neither among the others nor alone by its address."""
    visits.add("/", source="Google", times=12)
    token = share(panels=("pages", "headline")).token
    page = client.get(f"/share/{token}").text
    assert re.findall(r'id="panel-([\w-]+)"', page) == ["headline", "pages"]
    assert re.findall(r'id="panel-([\w-]+)"', client.get(f"/share/{token}?panel=sources").text) == ["headline", "pages"]
    assert client.get(f"/share/{token}/live").status_code == 404


def test_a_segment_holds_with_every_question(client: FlaskClient, share: Any, visits: Visits, services: Services, site: Site) -> None:
    """And when the segment is gone nothing is shown at all, rather than everything."""
    visits.add("/a", utm_campaign="spring", times=12)
    visits.add("/b", times=13)
    segment = services.control.segments.add(site, "Spring", [["is", "visit:utm_campaign", ["spring"]]])
    token = share(filters=[["is", "segment", [segment.id]]]).token
    page = client.get(f"/share/{token}").text
    assert (headline(page)["visitors"], rows(page, "pages")) == ("12", {"/a": "12"})
    assert headline(client.get(f"/share/{token}?f=is,event:page,/b").text)["visitors"] == "0"
    services.control.segments.remove(site, segment.id)
    assert headline(client.get(f"/share/{token}").text) == {}


@pytest.mark.parametrize(
    ("limits", "query", "shown", "visitors", "compared"),
    [
        pytest.param({"first": date(2026, 9, 1)}, "?period=all", "1 – 21 Sep 2026", 6, "", id="all time begins with the first day"),
        pytest.param({"first": date(2026, 9, 1)}, "?period=28d", "1 – 20 Sep 2026", 4, "", id="days before are cut off"),
        pytest.param(
            {"first": date(2026, 9, 1)}, "?period=custom&from=2025-01-01&to=2025-01-05", "1 – 5 Sep 2026", 2, "",
            id="days that lie outside give way to as many",
        ),
        pytest.param(
            {"first": date(2026, 7, 1), "last": date(2026, 7, 31)}, "", "1 – 31 Jul 2026", 6, "", id="past days are what it opens with"
        ),
        pytest.param(
            {"first": date(2026, 7, 1), "last": date(2026, 7, 31)}, "?period=7d", "25 – 31 Jul 2026", 0, "18 – 24 Jul 2026", id="number of recent days there are"
        ),
        pytest.param({"days": 7}, "?period=12mo", "14 – 21 Sep 2026", 2, "", id="number of recent days"),
    ],
)  # fmt: skip
def test_no_other_days_are_shown(
    client: FlaskClient, share: Any, visits: Visits, limits: dict[str, Any], query: str, shown: str, visitors: int, compared: str
) -> None:
    """D51: they are cut, and the page says so; nothing is compared with what lies outside."""
    with visits.together():
        for back in range(0, 500, 10):
            visits.add("/", day=TODAY - timedelta(days=back), times=2)
    page = client.get(f"/share/{share(**limits).token}{query}").text
    assert shown in text(page)
    assert int(headline(page)["visitors"]) == visitors
    if query:
        assert "This view" in page
    before = re.search(r"compared with ([^<]*)", page)
    assert (before[1] if before else "") == compared


def test_who_is_here_now_is_folded_in_public(client: FlaskClient, share: Any, visits: Visits, signed_in_client: FlaskClient) -> None:
    """One visitor on a page that everybody sees is somebody whom somebody may know."""
    visits.add("/", at="14:12")
    assert "fewer than 10" in text(client.get(f"/share/{share().token}").text)
    assert "fewer than 10" not in text(signed_in_client.get("/example.org").text)


def test_who_is_here_now_follows_the_sites_own_k(
    client: FlaskClient, share: Any, visits: Visits, signed_in_client: FlaskClient, services: Services, site: Site
) -> None:
    """As all else of the view: twelve are not told where twenty are what the site tells apart."""
    services.control.sites.change(replace(site, settings=replace(site.settings, small_cells=20)))
    visits.add("/", at="14:12", times=12)
    token = share().token
    for address in (f"/share/{token}", f"/share/{token}/live"):
        assert "fewer than 20 current visitors" in text(client.get(address).text)
    assert "12 current visitors" in text(signed_in_client.get("/example.org").text)


@pytest.mark.parametrize(
    ("limits", "answer"),
    [({"last": TODAY}, 200), ({"days": 7}, 200), ({"last": date(2026, 7, 31)}, 404), ({"first": date(2026, 10, 1)}, 404)],
)
def test_who_is_here_now_is_told_where_today_may_be_seen(
    client: FlaskClient, share: Any, visits: Visits, limits: dict[str, Any], answer: int
) -> None:
    """D51: neither the page of a view of other days nor its live line says it."""
    visits.add("/", at="14:12", times=12)
    link = share(**limits)
    assert ('id="live"' in client.get(f"/share/{link.token}").text) is (answer == 200)
    assert client.get(f"/share/{link.token}/live").status_code == answer


def test_small_cells_are_folded_at_ten(client: FlaskClient, share: Any, visits: Visits) -> None:
    """D51: also where the site folds nothing for its owner; filters by what is folded find nobody, whoever is there."""
    visits.add("/", country="DE", times=12)
    visits.add("/", country="AT", times=12)
    visits.add("/rare", country="NP", times=3)
    token = share().token
    page = client.get(f"/share/{token}").text
    assert "Nepal" not in page
    seen = {
        client.get(f"/share/{token}?f=is,visit:country_name,{quote(country)}").text.replace(country, "…").replace(quote(country), "…")
        for country in ("Nepal", "Iceland")
    }
    assert len(seen) == 1
