"""An error in a log says what and where, never what it was about."""

import json

from analytics.errors import ConfigError, fault


def test_a_fault_is_its_type_and_place_without_its_text() -> None:
    try:
        json.loads("jane.doe@example.org")
    except ValueError as error:
        told = fault(error)
    assert told.startswith("JSONDecodeError at ")
    assert "jane" not in told


def test_an_error_that_was_never_raised_has_no_place() -> None:
    assert fault(ConfigError("bind", "x", "wrong")) == "ConfigError at an unknown place"
