"""The first rule that holds makes the channel of a visit."""

import pytest

from analytics.ingest.channels import CHANNELS
from analytics.ingest.sources import Sources


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("Google", "cpc", "Cross-Network Sale", ""), "Cross-network"),
        (("Amazon", "cpc", "", ""), "Paid Shopping"),
        (("Google", "cpc", "shopping-2026", ""), "Paid Shopping"),
        (("Google", "cpc", "", ""), "Paid Search"),
        (("Google", "", "", "gclid"), "Paid Search"),
        (("", "", "", "wbraid"), "Paid Search"),
        (("Bing", "", "", "msclkid"), "Paid Search"),
        (("Facebook", "paid-social", "", ""), "Paid Social"),
        (("X", "", "", "twclid"), "Paid Social"),
        (("TikTok", "", "", "ttclid"), "Paid Social"),
        (("YouTube", "cpv", "", ""), "Paid Video"),
        (("YouTube", "", "", "gclid"), "Paid Video"),
        (("news.example", "banner", "", ""), "Display"),
        (("news.example", "cpm", "", ""), "Display"),
        (("", "", "", "dclid"), "Display"),
        (("news.example", "cpc", "", ""), "Paid Other"),
        (("news.example", "", "", "gclid"), "Paid Other"),
        (("eBay", "", "", ""), "Organic Shopping"),
        (("", "", "eshop", ""), "Organic Shopping"),
        (("Facebook", "", "", "fbclid"), "Organic Social"),
        (("Facebook", "", "", "gclid"), "Organic Social"),
        (("", "", "", "fbclid"), "Organic Social"),
        (("Acme", "social", "", ""), "Organic Social"),
        (("YouTube", "", "", ""), "Organic Video"),
        (("Acme", "video", "", ""), "Organic Video"),
        (("ChatGPT", "", "", ""), "AI Assistants"),
        (("ChatGPT", "referral", "", ""), "AI Assistants"),
        (("DuckDuckGo", "", "", ""), "Organic Search"),
        (("Acme", "organic", "", ""), "Organic Search"),
        (("Gmail", "", "", ""), "Email"),
        (("newsletter", "", "", ""), "Email"),
        (("Acme", "Email", "", ""), "Email"),
        (("Acme", "affiliate", "", ""), "Affiliates"),
        (("Acme", "audio", "", ""), "Audio"),
        (("sms", "", "", ""), "SMS"),
        (("Acme", "mobile-push", "", ""), "Mobile Push Notifications"),
        (("firebase", "", "", ""), "Mobile Push Notifications"),
        (("news.example", "", "", ""), "Referral"),
        (("", "referral", "", ""), "Referral"),
        (("", "", "", ""), "Direct"),
        (("", "", "workshop", ""), "Direct"),
    ],
)
def test_source_tags_and_click_id_make_the_channel(given: tuple[str, str, str, str], expected: str) -> None:
    """Source, medium, campaign and the name of a click id make the channel."""
    source, medium, campaign, click_id = given
    assert Sources().channel(source, tag=source, medium=medium, campaign=campaign, click_id=click_id) == expected


def test_a_word_in_a_host_is_no_tag() -> None:
    """A site called dailyemail.example is a referral; a campaign tagged so is a mailing."""
    assert Sources().channel("dailyemail.example") == "Referral"
    assert Sources().channel("dailyemail", tag="dailyemail") == "Email"


def test_the_channels_are_those_of_the_contract_in_its_order() -> None:
    assert [name for name, _ in CHANNELS] == [
        "Cross-network", "Paid Shopping", "Paid Search", "Paid Social", "Paid Video", "Display", "Paid Other", "Organic Shopping",
        "Organic Social", "Organic Video", "AI Assistants", "Organic Search", "Email", "Affiliates", "Audio", "SMS",
        "Mobile Push Notifications", "Referral", "Direct",
    ]  # fmt: skip
