"""D34: the control and the text for a site's privacy page, from its settings as they are."""

import html
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from msgspec.structs import replace

from analytics.config import Config, load
from analytics.resources import folder
from analytics.site import Site, SiteSettings
from analytics.web.services import Services

PAGE = "/sites/example.org/privacy"


def told(client: FlaskClient) -> str:
    """The text, in one line."""
    page = client.get(PAGE).text
    quoted = re.search(r"<blockquote>(.*?)</blockquote>", page, re.DOTALL)
    assert quoted
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", quoted[1])).split())


def test_the_text_says_what_is_kept_and_for_how_long(signed_in_client: FlaskClient, site: Site) -> None:
    said = told(signed_in_client)
    assert "Individual events are kept for 13 months in addition to the current one." in said
    assert "they are kept without limit. Visits that look like bots are not counted; they are kept in the same form for 30 days and until the end of that week" in said
    assert "The page the visit came from" in said
    assert "The country; the browser" in said


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (SiteSettings(keep_rows_months=1, keep_totals_months=25), "Individual events are kept for 1 month in addition to the current one."),
        (SiteSettings(keep_rows_months=1, keep_totals_months=25), "they are kept for 25 months."),
        (SiteSettings(referrer_host_only=True), "The website the visit came from"),
        (SiteSettings(regions=True), "The country; the browser"),  # what is built in knows countries alone
    ],
)
def test_it_follows_the_settings(
    signed_in_client: FlaskClient, services: Services, site: Site, settings: SiteSettings, sentence: str
) -> None:
    services.control.sites.change(replace(site, settings=settings))
    assert sentence in told(signed_in_client)


class TestWithADatabaseOfPlaces:
    @pytest.fixture
    def config(self, tmp_path: Path, public_url: str) -> Config:
        database = folder("built") / "country.mmdb"
        return load({"data": tmp_path / "data", "public_url": public_url, "location_database": database}, {})

    def test_regions_are_told_where_they_are_kept(
        self, signed_in_client: FlaskClient, services: Services, site: Site
    ) -> None:
        assert "The country; the browser" in told(signed_in_client)
        services.control.sites.change(replace(site, settings=SiteSettings(regions=True)))
        assert "The country, region and city; the browser" in told(signed_in_client)


def test_the_control_is_there_to_copy_and_so_is_the_text(signed_in_client: FlaskClient, site: Site) -> None:
    page = html.unescape(signed_in_client.get(PAGE).text)
    assert '<pre class="copy"><label><input type="checkbox" id="footfall-opt-out"> Do not count my visits</label>' in page
    assert page.count("Individual events are kept") == 2
