"""Pages that nobody sees are no page views (D16, T10). In a browser that nothing drives: automation would switch
prerendering off and call every tab visible."""

from collections.abc import Callable

from tests.journey.website import KEEP_ACCOUNT, PATIENCE, Collector, Website

RULES = '<script type="speculationrules">{"prerender": [{"source": "list", "urls": ["/next"], "eagerness": "immediate"}]}</script>'
"""Asks the browser to prepare /next before anybody wants it."""


def _tells(state: str) -> str:
    """Tells how a page was loaded, as soon as all that it had sent by then has been answered: what has not arrived when
    the test hears of it was not sent. Deferred scripts, the beacon among them, run before ``load``."""
    return f"""<script>
        {{ {KEEP_ACCOUNT} }}
        addEventListener("load", () => {{
            const state = {state}
            Promise.all(underWay).then(() => fetch("/tell/" + state))
        }})
    </script>"""


NEXT = (
    _tells('document.prerendering ? "prepared" : "plain"')
    + '<script>document.addEventListener("visibilitychange", () => fetch("/tell/seen"))</script>'
)


def _go(after: str, to: str) -> str:
    return f'<script>addEventListener("load", () => fetch("/await/{after}").then(() => location.href = "{to}"))</script>'


def test_t10_a_prerendered_page_that_nobody_opens_is_no_view(
    collector: Collector, website: Website, unattended: Callable[[str], None]
) -> None:
    """The visitor goes elsewhere; what the browser had prepared is thrown away."""
    website.page("/next", NEXT)
    website.page("/elsewhere")
    unattended(website.page("/first", RULES + _go("prepared", "/elsewhere")))
    collector.wait_for(2)
    assert website.event("prepared").is_set()
    assert collector.views == ["/first", "/elsewhere"]


def test_t10_a_prerendered_page_counts_when_it_is_opened(
    collector: Collector, website: Website, unattended: Callable[[str], None]
) -> None:
    """Once: nothing while it is prepared, one view when the visitor gets to see it."""
    website.page("/next", NEXT + _go("go", "/end"))
    website.page("/end")
    unattended(website.page("/first", RULES + _go("open", "/next")))
    assert website.event("prepared").wait(PATIENCE)
    collector.wait_for(1)
    assert collector.views == ["/first"]
    website.event("open").set()
    collector.wait_for(2)
    assert website.event("seen").wait(PATIENCE)
    website.event("go").set()
    collector.wait_for(3)
    assert collector.views == ["/first", "/next", "/end"]
    assert not website.event("plain").is_set()


def test_t10_a_tab_in_the_background_counts_when_it_is_shown_and_never_before(
    collector: Collector, website: Website, unattended: Callable[[str], None]
) -> None:
    """A window opens in front; the tab behind it loads /behind unseen, and a person comes back to it later."""
    website.page("/behind", _tells("document.visibilityState"))
    website.page("/front", '<script>fetch("/await/close").then(() => close())</script>')
    opens = '<script>document.onvisibilitychange = () => location.href = "/behind"; onload = () => open("/front")</script>'
    unattended(website.page("/first", opens))
    assert website.event("hidden").wait(PATIENCE)
    collector.wait_for(2)
    assert sorted(collector.views) == ["/first", "/front"]
    website.event("close").set()
    assert [sent.path for sent in collector.wait_for(3)][2] == "/behind"
