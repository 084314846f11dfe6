"""One entry of a list by its id."""

import pytest

from analytics.errors import NotFound
from analytics.site import Segment
from analytics.store.control.lookup import by_id

SEGMENTS = [Segment(id=3, name="Three", filters=[]), Segment(id=8, name="Eight", filters=[])]


def test_the_entry_with_the_id_is_found():
    assert by_id(SEGMENTS, 8, NotFound("gone")).name == "Eight"


def test_an_id_that_no_entry_has_raises_the_error_that_was_handed_in():
    missing = NotFound("This segment does not exist")

    with pytest.raises(NotFound) as raised:
        by_id(SEGMENTS, 4, missing)

    assert raised.value is missing
