"""The folder with the owner's dashboards."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from analytics.boards.owned import ChangedMeanwhile, OwnDashboards
from analytics.errors import InvalidInput


@pytest.fixture
def own(tmp_path: Path) -> OwnDashboards:
    return OwnDashboards(tmp_path / "dashboards")


def test_a_file_is_for_its_owner_alone(own: OwnDashboards) -> None:
    """0600 in a folder of 0700, and nothing lies beside it."""
    own.put("team", "title = 'Ä'", "")
    assert own.text("team") == "title = 'Ä'".encode()
    (file,) = own.folder.iterdir()
    assert (file.name, stat.S_IMODE(file.stat().st_mode), stat.S_IMODE(own.folder.stat().st_mode)) == ("team.toml", 0o600, 0o700)


def test_nobody_overwrites_what_they_have_not_seen(own: OwnDashboards) -> None:
    """Two people open the same file; who saves second is told, and the first one's work is there."""
    own.put("team", "1", "")
    seen = own.seen("team")
    own.put("team", "2", seen)
    for change in (lambda: own.put("team", "3", seen), lambda: own.remove("team", seen), lambda: own.rename("team", "other", seen)):
        with pytest.raises(ChangedMeanwhile):
            change()
    with pytest.raises(ChangedMeanwhile):
        own.put("team", "4", "")  # made anew, while somebody else has made it
    assert own.text("team") == b"2"


def test_of_many_at_once_one_is_first(own: OwnDashboards) -> None:
    """However they meet."""

    def save(number: int) -> int:
        try:
            own.put("team", str(number), "")
        except ChangedMeanwhile:
            return 0
        return 1

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(save, range(40))) == 1


def test_a_crash_while_writing_leaves_the_file(own: OwnDashboards) -> None:
    """What it left behind is in nobody's way."""
    own.put("team", "1", "")
    (own.folder / ".team.toml.new").write_text("half")
    own.put("team", "2", own.seen("team"))
    assert [file.name for file in own.folder.iterdir()] == ["team.toml"]


def test_a_file_gets_another_name_that_is_free(own: OwnDashboards) -> None:
    """And is told when it is not."""
    own.put("team", "1", "")
    own.put("other", "2", "")
    with pytest.raises(InvalidInput, match="Another dashboard has this name"):
        own.rename("team", "other", own.seen("team"))
    own.rename("team", "crew", own.seen("team"))
    assert (own.text("team"), own.text("crew"), own.text("other")) == (None, b"1", b"2")


@pytest.mark.parametrize("name", ["", "../control", "a/b", "A", ".hidden", "x.toml", "a" * 61, "ä"])
def test_a_name_leads_nowhere_else(own: OwnDashboards, name: str) -> None:
    """It becomes part of a path."""
    with pytest.raises(InvalidInput, match="Lower-case letters"):
        own.put(name, "", "")
    with pytest.raises(InvalidInput):
        own.text(name)


def test_what_is_removed_is_gone_and_may_be_removed_again(own: OwnDashboards) -> None:
    """Twice pressed is once meant."""
    own.put("team", "1", "")
    own.remove("team", own.seen("team"))
    own.remove("team", own.seen("team"))
    assert (own.text("team"), own.seen("team")) == (None, "")


def test_what_was_taken_away_comes_back_once(own: OwnDashboards) -> None:
    """To the byte; not after another change, and not under another name."""
    own.put("team", "1", "")
    own.put("team", "2", own.seen("team"), keep=True)
    assert own.before("team") == b"1"
    own.undo("team", own.seen("team"))
    assert (own.text("team"), own.before("team")) == (b"1", None)
    with pytest.raises(ChangedMeanwhile):
        own.undo("team", own.seen("team"))
    own.remove("team", own.seen("team"))
    own.put("team", "3", "")
    with pytest.raises(ChangedMeanwhile):
        own.undo("team", "")
    own.rename("team", "other", own.seen("team"))
    assert (own.before("team"), own.before("other")) == (None, None)
