"""The one line for a page says where the script is, which site it is for, and what the owner chose."""

from typing import Any

import pytest

from analytics.model import Site, SiteSettings
from analytics.snippet import tag

TAG = '<script defer src="http://stats.example.org/js/footfall.js" data-domain="example.org"></script>'


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, TAG),
        ({"script": "kiosk"}, TAG.replace("footfall.js", "kiosk.js")),
        ({"respect_gpc": False, "respect_dnt": False}, TAG),
    ],
)
def test_the_tag_follows_the_sites_settings(settings: dict[str, Any], expected: str) -> None:
    site = Site(id="shop", domain="example.org", settings=SiteSettings(**settings))
    assert tag(site, "http://stats.example.org") == expected
