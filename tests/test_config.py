"""Every setting can be given three ways; a wrong one is named before anything starts."""

from pathlib import Path

import pytest

from analytics import config
from analytics.config import SETTINGS, Config
from analytics.errors import ConfigError


def test_the_table_and_the_value_have_the_same_settings() -> None:
    assert tuple(SETTINGS) == Config.__struct_fields__


def test_without_anything_the_defaults_hold() -> None:
    settings = config.load(environ={})
    assert settings.bind == "127.0.0.1:8000"
    assert settings.data == Path("data").absolute()
    assert settings.memory_limit == 512 * 1024**2


def test_options_win_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "footfall.toml"
    file.write_text('bind = "127.0.0.1:1"\nthreads = 3\nquery_seconds = 5\n')
    environ = {"FOOTFALL_CONFIG": str(file), "FOOTFALL_BIND": "127.0.0.1:2", "FOOTFALL_THREADS": "4"}
    settings = config.load({"bind": "127.0.0.1:3", "threads": None}, environ)
    assert (settings.bind, settings.threads, settings.query_seconds) == ("127.0.0.1:3", 4, 5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bind", "nonsense"),
        ("bind", "127.0.0.1:99999"),
        ("public_url", "stats.example.org"),
        ("public_url", "ftp://stats.example.org"),
        ("memory_limit", "much"),
        ("memory_limit", "127MB"),
        ("segment_size", "0"),
        ("threads", "0"),
        ("threads", "two"),
        ("data", ""),
    ],
)
def test_a_wrong_value_is_refused_with_its_setting(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=rf"setting {name} = '{value}'"):
        config.load({name: value}, environ={})


def test_an_unknown_setting_is_refused_with_its_name_and_place() -> None:
    with pytest.raises(ConfigError, match=r"setting colour = 'red': there is no such setting \(found in the environment\)"):
        config.load(environ={"FOOTFALL_COLOUR": "red"})


def test_a_broken_file_is_refused_with_its_name_and_line(tmp_path: Path) -> None:
    file = tmp_path / "broken.toml"
    file.write_text("bind = \n")
    with pytest.raises(ConfigError, match=r"broken\.toml.*line 1"):
        config.load(environ={"FOOTFALL_CONFIG": str(file)})


def test_a_folder_is_no_file_of_settings(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"setting config = .*: cannot be read: Is a directory"):
        config.load(environ={"FOOTFALL_CONFIG": str(tmp_path)})


def test_a_named_file_that_is_missing_is_an_error() -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        config.load(environ={"FOOTFALL_CONFIG": "/nowhere/footfall.toml"})


@pytest.mark.parametrize(
    ("bind", "public_url", "base_url"),
    [
        ("127.0.0.1:8000", "", "http://localhost:8000"),
        ("0.0.0.0:80", "", "http://localhost:80"),
        ("stats.example.org:8000", "", "http://stats.example.org:8000"),
        ("127.0.0.1:8000", "https://example.org/stats/", "https://example.org/stats"),
    ],
)
def test_links_carry_the_configured_address(bind: str, public_url: str, base_url: str) -> None:
    assert config.load({"bind": bind, "public_url": public_url}, environ={}).base_url == base_url
