"""Facts that the sender of a batch gives are as coarse as those that are derived."""

import pytest

from analytics.browsers import DEVICES as DERIVED
from analytics.errors import InvalidInput
from analytics.ingest.facts import DEVICES, NAMES, SCREENS, checked
from analytics.ingest.steps.screen import CLASSES, WIDEST
from analytics.model import Attributes


@pytest.mark.parametrize(
    ("name", "text", "kept"),
    [
        ("country", "at", "AT"), ("country", "", ""),
        ("language", "de-AT", "de"), ("language", "EN", "en"), ("language", "gsw_CH", "gsw"),
        ("browser_version", "128.0.6613.120", "128"), ("os_version", "10_15_7", "10"), ("os_version", "XP", "XP"), ("os_version", "11 Pro", "11"),
        ("device", "TV", "TV"), ("screen", "Laptop", "Laptop"),
        ("city", "Graz-Umgebung 8010", "Graz-Umgebung 8010"), ("channel", "Our app", "Our app"),
    ],
)  # fmt: skip
def test_facts_are_kept_as_coarse_as_derived_ones(name: str, text: str, kept: str) -> None:
    """Two letters, the major version, the language alone; all else as it is given."""
    assert checked(name, text) == kept


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("country", "AUT"), ("country", "A1"), ("country", "AT\n"), ("language", "german"), ("language", "1"),
        ("browser_version", "v" * 11), ("browser_version", "?"), ("device", "smartphone"), ("device", "desktop"), ("screen", "1920x1080"),
    ],
)  # fmt: skip
def test_malformed_facts_are_refused_without_being_repeated(name: str, text: str) -> None:
    """Naming the fact; the message repeats nothing of what was sent."""
    with pytest.raises(InvalidInput) as caught:
        checked(name, text)
    assert caught.value.field == name
    assert text not in str(caught.value)


def test_the_names_are_attributes_of_a_visit() -> None:
    assert set(NAMES) == set(Attributes.__struct_fields__) - {"referrer", "click_id"}


def test_the_classes_of_screens_are_those_that_are_derived() -> None:
    assert (*(name for _, name in CLASSES), WIDEST) == SCREENS


def test_the_kinds_of_devices_are_those_that_are_derived() -> None:
    assert {row.kind for row in DERIVED} == set(DEVICES)
    assert checked("device", "Console") == "Console"
