"""Which properties are left out because of their names."""

import json
from pathlib import Path

import pytest

from analytics.ingest import identifiers
from analytics.ingest.channels import CLICK_ID_NAMES
from analytics.ingest.identifiers import NAMES, identifies


@pytest.mark.parametrize("name", [
    "user_id", "userId", "User-ID", "USER.ID", "$user_id", "user id", "client_id", "cid", "_ga", "_gid", "session_id", "ga_session_id",
    "email", "E-Mail", "email_address", "phone_number", "first_name", "user_data", "user_properties", "ip", "transaction_id", "order_id",
])  # fmt: skip
def test_what_leads_to_a_person_is_known_however_it_is_written(name: str) -> None:
    """D33: case and punctuation make no difference."""
    assert identifies(name)


@pytest.mark.parametrize("name", [
    "", "plan", "method", "item_id", "item_name", "name", "author", "title", "search_term", "campaign_id", "promotion_id", "ad_id",
    "currency", "value", "shipping", "coupon", "affiliation", "content_id", "group_id", "location_id", "users", "id", "login", "mobile",
])  # fmt: skip
def test_what_tells_of_things_is_kept(name: str) -> None:
    """The names of GA4's own parameters about items, and words that only look alike."""
    assert not identifies(name)


def test_every_click_id_is_left_out() -> None:
    """Its value is one person's click, in a property as in an address."""
    assert [name for name in CLICK_ID_NAMES if not identifies(name)] == []


def test_the_list_is_written_as_it_is_compared() -> None:
    """Lower case, no punctuation, each name once: else an entry would never be found."""
    listed = json.loads((Path(identifiers.__file__).with_name("identifiers.json")).read_text(encoding="utf-8"))
    assert [name for name in listed if not (name.isalnum() and name.islower())] == []
    assert len(listed) == len(NAMES)
    assert frozenset(listed) == identifiers.NAMES
