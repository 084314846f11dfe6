"""``allowed_robots``: what a robot can be called is accepted in any case, all else is refused with what is near it."""

import pytest

from analytics.errors import InvalidInput
from analytics.robots import ROBOTS, Group
from analytics.web.setup.robot_names import checked_robots


def test_names_and_groups_are_accepted_in_their_one_spelling() -> None:
    """Of our table, of crawler-user-agents, what headers and the script tell, and every group; blank lines are none."""
    written = ["gptbot", " Link Preview ", "CriteoBot", "firefox without sec-fetch", "AN EVENT SENT AS A PAGE LOAD", "navigator.webdriver", "", " "]
    assert checked_robots(written) == (
        "GPTBot", "Link preview", "CriteoBot", "Firefox without Sec-Fetch", "an event sent as a page load", "navigator.webdriver",
    )  # fmt: skip
    every = (*Group, *(robot.name for robot in ROBOTS))
    assert checked_robots(name.upper() for name in every) == every


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("UptimeRobt", "There is no bot “UptimeRobt”; similar names are UptimeRobot, "),
        ("Monitorin", "There is no bot “Monitorin”; similar names are Monitoring, "),
        ("xyzzy", "There is no bot “xyzzy”; enter a name or a group such as Monitoring, Link preview"),
        ("x\u202e" + "y" * 5000, "There is no bot “x\ufffd" + "y" * 58 + "”; enter a name"),
    ],
)
def test_a_typing_error_is_refused_with_the_setting_the_value_and_near_names(typed: str, told: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        checked_robots(["GPTBot", typed])
    assert caught.value.field == "allowed_robots"
    assert str(caught.value).startswith(told)
