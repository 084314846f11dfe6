"""The one line for a page says where the script is and which site it is for."""

from analytics.snippet import tag


def test_the_tag_names_the_service_the_script_and_the_site() -> None:
    assert tag("example.org", "http://stats.example.org") == (
        '<script defer src="http://stats.example.org/js/footfall.js" data-domain="example.org"></script>'
    )
    assert '/stats/js/kiosk.js"' in tag("example.org", "https://example.org/stats", "js/kiosk")


def test_a_domain_is_written_so_that_it_cannot_leave_its_attribute() -> None:
    assert tag('"><script>', "http://a.example") == (
        '<script defer src="http://a.example/js/footfall.js" data-domain="&quot;&gt;&lt;script&gt;"></script>'
    )
