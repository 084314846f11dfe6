"""The lines for a page say where the script is and which site it is for."""

from analytics.snippet import google_tag, picture, plausible_tag, tag, vitals_tag


def test_the_tag_names_the_service_the_script_and_the_site() -> None:
    assert tag("example.org", "http://stats.example.org") == (
        '<script defer src="http://stats.example.org/js/footfall.js" data-domain="example.org"></script>'
    )
    assert '/stats/js/kiosk.js"' in tag("example.org", "https://example.org/stats", "js/kiosk")


def test_a_domain_is_written_so_that_it_cannot_leave_its_attribute() -> None:
    assert tag('"><script>', "http://a.example") == (
        '<script defer src="http://a.example/js/footfall.js" data-domain="&quot;&gt;&lt;script&gt;"></script>'
    )


def test_core_web_vitals_lie_beside_the_script() -> None:
    assert vitals_tag("https://stats.example.org", "js/kiosk") == (
        '<script defer src="https://stats.example.org/js/kiosk-vitals.js"></script>'
    )


def test_other_makers_lines_change_by_their_host() -> None:
    """Ids of theirs may stay; the site is named, since a page may be shown on another host."""
    assert google_tag("example.org", "https://stats.example.org") == (
        '<script async src="https://stats.example.org/gtag/js?id=G-XXXXXXXXXX" data-domain="example.org"></script>'
    )
    assert plausible_tag("example.org", "https://example.org/stats") == (
        '<script defer data-domain="example.org" src="https://example.org/stats/js/script.outbound-links.file-downloads.js"></script>'
    )


def test_d31_the_picture_is_the_same_on_every_page() -> None:
    """The browser tells which page it is on; over http it tells http hosts alone, as ever."""
    assert picture('a"b.example', "https://stats.example.org") == (
        '<noscript><img src="https://stats.example.org/api/pixel.gif?d=a&quot;b.example" alt="" width="1" height="1" '
        'referrerpolicy="no-referrer-when-downgrade"></noscript>'
    )
