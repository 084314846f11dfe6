"""D18, D20: robots are dropped, their owner sees them on a page, has some counted after all, and puts them back."""

from playwright.sync_api import Page, expect

from tests.conftest import StartService
from tests.journey.product import account, at, become_owner, headline, reasons, until
from tests.service import Service

SITE = "shop.example"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
GPTBOT = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)"


def shown(person: Page, service: Service) -> tuple[str, tuple[int, int, int]]:
    """Page views on the dashboard, and its account of what was received, counted and dropped."""
    person.goto(at(service, f"/{SITE}"))
    return headline(person)["pageviews"], account(person)


def test_what_a_robot_saw_is_looked_at_restored_and_put_back(start_service: StartService, page: Page) -> None:
    service = start_service()
    service.command("site", "add", SITE)
    become_owner(page, service)
    assert service.pageview(f"https://{SITE}/", {"X-Forwarded-For": "203.0.113.1"}).status == 202
    for number, agent in enumerate([GOOGLEBOT, GOOGLEBOT, GPTBOT]):
        answer = service.pageview(f"https://{SITE}/{number}", {"user-agent": agent, "X-Forwarded-For": "203.0.113.9"})
        assert answer.headers["x-footfall-dropped"] == "bot"
    until(lambda: shown(page, service) == ("1", (4, 1, 3)), "one page view of a person, three of robots")
    assert reasons(page) == {"bot": 3}

    page.get_by_role("link", name="Sent by a bot, crawler or monitoring service").click()
    page.get_by_role("link", name="Googlebot").click()
    expect(page.get_by_text("2 events in one visit of one visitor.")).to_be_visible()
    page.get_by_role("button", name="Count these 2 events").click()
    expect(page.get_by_text("2 events are now counted in all panels, exports and API responses.")).to_be_visible()
    expect(page.get_by_role("link", name="Googlebot")).to_have_count(0)
    assert shown(page, service) == ("3", (4, 3, 1))

    service.stop()  # nothing of it is in memory alone
    service.start()
    page.goto(at(service, f"/sites/{SITE}/dropped"))
    page.get_by_role("button", name="Undo: 2 of Googlebot").click()
    expect(page.get_by_text("2 events have been set aside again.")).to_be_visible()
    assert shown(page, service) == ("1", (4, 1, 3))
