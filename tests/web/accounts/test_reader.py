"""In which language a page is written: chosen anew with every request."""

import re
from gettext import NullTranslations

import pytest
from flask.testing import FlaskClient

from analytics.config import Config, load
from analytics.languages import LANGUAGES
from analytics.resources import folder
from analytics.store.control.people import Person
from analytics.store.control.store import ControlStore
from analytics.web.services import Services
from tests.web.conftest import send
from tests.web.page import Page

PAGES = ["/sign-in", "/no/such/page"]


def language_of(client: FlaskClient, path: str, asked: str = "", **more: str) -> str:
    """The ``lang`` of the page at ``path``, for a browser that asks for these languages."""
    page = client.get(path, headers={"Accept-Language": asked} if asked else {}, **more).text
    return page.partition('<html lang="')[2].partition('"')[0]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,en;q=0.5", "de"),
        ("fr-CH, en;q=0.9, de;q=0.7", "fr"),
        ("en;q=0.5, es;q=0.8", "es"),
        ("ja, ko;q=0.9, es-MX;q=0.1", "es"),
        ("de;q=0, fr", "fr"),
        ("ja", "en"),
        ("*", "en"),
        ("de" * 10_000, "en"),
        ("<script>", "en"),
    ],
)
def test_d47_a_page_is_written_in_what_the_browser_asks_for_first_of_what_there_is(
    client: FlaskClient, owner: Person, path: str, asked: str, language: str
) -> None:
    assert language_of(client, path, asked) == language


def test_a_link_may_ask_for_a_language_and_comes_before_all(client: FlaskClient, owner: Person) -> None:
    assert language_of(client, "/sign-in?language=es", "de") == "es"
    assert language_of(client, "/sign-in?language=xx", "de") == "de"


def test_what_a_person_has_chosen_holds_in_every_browser(
    signed_in_client: FlaskClient, owner: Person, control: ControlStore
) -> None:
    answer = send(signed_in_client, "/language", follow=True, language="fr")
    assert '<html lang="fr"' in answer.text
    assert 'value="fr" checked' in answer.text
    assert language_of(signed_in_client, "/keys", "de") == "fr"
    assert control.people.language(owner) == "fr"
    assert language_of(signed_in_client, "/keys?language=es", "de") == "es"


@pytest.mark.parametrize("sent", ["", "xx", "<script>alert(1)</script>"])
def test_it_is_taken_back_by_choosing_none(signed_in_client: FlaskClient, owner: Person, control: ControlStore, sent: str) -> None:
    control.people.set_language(owner, "fr")
    send(signed_in_client, "/language", language=sent)
    assert language_of(signed_in_client, "/keys", "de") == "de"


def test_who_is_not_signed_in_finds_every_language_at_the_foot(client: FlaskClient, owner: Person) -> None:
    page = client.get("/sign-in?next=/example.org").text
    for code, name in LANGUAGES.items():
        assert f'<a href="/sign-in?next=%2Fexample.org&amp;language={code}" lang="{code}" hreflang="{code}" rel="nofollow"' in page
        assert f">{name}</a>" in page


def test_it_is_asked_for_by_people_who_are_signed_in(client: FlaskClient, owner: Person) -> None:
    assert client.get("/language").headers["Location"] == "/sign-in?next=/language"


def test_a_dashboard_in_a_language_leads_to_others_in_it(signed_in_client: FlaskClient, control: ControlStore) -> None:
    """A shared view that was linked in French stays French."""
    control.sites.add("example.org", "UTC")
    page = signed_in_client.get("/example.org?language=fr").text
    assert 'href="/example.org?period=7d&amp;language=fr"' in page
    assert "language=" not in "".join(Page(signed_in_client.get("/example.org?language=xx").text).links())


def test_a_language_that_is_written_from_right_to_left_turns_the_page_round(
    client: FlaskClient, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LANGUAGES, "ar", "العربية")
    monkeypatch.setattr("analytics.web.language._catalogue", lambda code: NullTranslations())
    assert '<html lang="ar" dir="rtl">' in client.get("/sign-in?language=ar").text
    assert '<html lang="de" dir="ltr">' in client.get("/sign-in?language=de").text


def test_no_style_sheet_knows_left_and_right() -> None:
    """Start and end are the same in both directions; what is drawn in coordinates is not turned."""
    sided = re.compile(r"(?<![-\w])(?:(?:margin|padding|border)-(?:left|right)|(?:left|right)):|text-align: (?:left|right)")
    found = [
        f"{path.name}: {line.strip()}"
        for path in sorted(folder("static").glob("css/*.css"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if sided.search(line) and "pointer-events: none" not in line
    ]
    assert found == []


def test_caches_are_told_that_pages_differ_by_language(client: FlaskClient, owner: Person) -> None:
    assert "Accept-Language" in client.get("/sign-in").headers["Vary"]


def test_what_programs_are_told_is_english_whoever_asks(client: FlaskClient, owner: Person) -> None:
    answer = client.get("/api/v1/stats/aggregate?language=de", headers={"Accept-Language": "de"})
    assert "key" in answer.json["error"]


class TestInstance:
    """One whose setting says French."""

    @pytest.fixture
    def config(self, tmp_path, public_url: str) -> Config:  # type: ignore[no-untyped-def]
        return load({"data": tmp_path / "data", "public_url": public_url, "language": "fr"}, {})

    def test_the_setting_decides_where_nothing_else_does(self, client: FlaskClient, services: Services, owner: Person) -> None:
        assert [language_of(client, "/sign-in", asked) for asked in ("", "ja", "de")] == ["fr", "fr", "de"]
