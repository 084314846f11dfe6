"""The life of an instance: what it takes it gives back, whatever happens."""

from pathlib import Path

import pytest

from analytics import config
from analytics.app import Instance
from analytics.errors import DataLocked, FootfallError


def instance(data: Path) -> Instance:
    return Instance(config.load({"data": data}, environ={}))


def test_a_directory_that_could_not_be_opened_is_free_again(tmp_path: Path) -> None:
    """The service tries again every two seconds, in the same process."""
    (tmp_path / "control.sqlite").write_bytes(b"this is no database, and long enough to be seen as none" * 20)
    for _ in range(2):
        with pytest.raises(FootfallError) as caught:
            instance(tmp_path).open()
        assert not isinstance(caught.value, DataLocked)
    (tmp_path / "control.sqlite").unlink()
    instance(tmp_path).open().close()


def test_what_was_closed_can_be_opened_again_and_twice_it_cannot(tmp_path: Path) -> None:
    first = instance(tmp_path).open()
    with pytest.raises(DataLocked):
        instance(tmp_path).open()
    first.close()
    first.close()
    instance(tmp_path).open().close()


def test_commands_work_without_a_service(tmp_path: Path) -> None:
    here = instance(tmp_path).open()
    added = here.perform("site add", {"domain": "https://www.Example.org/shop/", "timezone": "Europe/Berlin"})
    assert added["domain"] == "example.org"
    assert here.perform("site list", {}) == [{"domain": "example.org", "timezone": "Europe/Berlin"}]
    question = {"site_id": "example.org", "metrics": ["visitors"], "date_range": "day"}
    assert here.perform("query", {"question": question})["results"] == [{"dimensions": [], "metrics": [0]}]
    with pytest.raises(FootfallError, match="there is no command 'fly'"):
        here.perform("fly", {})
    here.close()


def test_an_erasure_that_a_crash_cut_short_is_finished_at_the_next_start(tmp_path: Path) -> None:
    """The site is forgotten first, so that nothing new comes in while its files go."""
    here = instance(tmp_path).open()
    here.perform("site add", {"domain": "example.org", "timezone": "UTC"})
    here.perform("query", {"question": {"site_id": "example.org", "metrics": ["visitors"], "date_range": "day"}})
    site = here.control.site("example.org")
    here.control.remove_site(site)
    here.close()
    assert (tmp_path / "sites" / f"{site.id}.duckdb").exists()
    instance(tmp_path).open().close()
    assert list(tmp_path.rglob(f"{site.id}*")) == []
