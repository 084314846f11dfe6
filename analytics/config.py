"""Every setting of an instance, in one table.

A value is taken from the first of these that has one: an option of the command, the environment (``FOOTFALL_<NAME>``), the
file ``footfall.toml`` (in the working directory, or where ``FOOTFALL_CONFIG`` points), the default. An invalid value stops
the start with an error that names the setting, before a port is bound.
"""

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from msgspec import Struct

from analytics.errors import ConfigError
from analytics.languages import ENGLISH, LANGUAGES

Parser = Callable[[Any], Any]
"""Takes the value from the file, environment or option; returns the parsed one, or raises ValueError with the problem."""


def _path(value: Any) -> Path:
    if not isinstance(value, str | Path) or not str(value):
        raise ValueError("a folder's path is needed")
    return Path(value).expanduser().absolute()


def _optional_path(value: Any) -> Path | None:
    return _path(value) if value else None


def _bind(value: Any) -> str:
    if not re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^:\s]*):\d{1,5}", str(value)) or int(str(value).rpartition(":")[2]) > 65535:
        raise ValueError("write HOST:PORT, such as 127.0.0.1:8000")
    return str(value)


def _url(value: Any) -> str:
    if not value:
        return ""
    parts = urlsplit(str(value))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("write the address people reach this service at, such as https://stats.example.org")
    return str(value).rstrip("/")


def _networks(value: Any) -> tuple[str, ...]:
    names = [name.strip() for name in value.split(",")] if isinstance(value, str) else list(value)
    return tuple(str(name) for name in names if name)


def _size(value: Any) -> int:
    match = re.fullmatch(r"(\d+)\s*(B|KB|MB|GB|TB)?", str(value).strip().upper())
    if not match:
        raise ValueError("write a size such as 512MB")
    return int(match[1]) * {None: 1, "B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3, "TB": 1024**4}[match[2]]


def _size_from(least: int) -> Parser:
    """A size in bytes that is not smaller than ``least`` megabytes."""

    def parsed(value: Any) -> int:
        size = _size(value)
        if size < least * 1024**2:
            raise ValueError(f"write a size of at least {least}MB")
        return size

    return parsed


def _count(value: Any) -> int:
    if isinstance(value, bool) or not re.fullmatch(r"[1-9]\d*", str(value)):
        raise ValueError("write a whole number of at least 1")
    return int(value)


def _language(value: Any) -> str:
    if value not in LANGUAGES:
        raise ValueError(f"write one of {', '.join(LANGUAGES)}")
    return str(value)


class Setting(NamedTuple):
    """One row of the table."""

    default: Any
    parse: Parser
    meaning: str


SETTINGS: dict[str, Setting] = {
    "data": Setting("data", _path, "The folder where Footfall stores all its data. Mode 0700."),
    "bind": Setting("127.0.0.1:8000", _bind, "Where the service listens."),
    "public_url": Setting(
        "", _url, "The address at which browsers reach the service; used in the tag and in links. Empty: http://<bind>."
    ),
    "trusted_proxies": Setting(
        ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),
        _networks,
        "Networks whose X-Forwarded-For or Forwarded header is trusted. All others' headers are ignored.",
    ),
    "forwarded_header": Setting(
        "",
        lambda value: str(value).strip().lower(),
        "A header your proxy sets to the visitor's address, such as cf-connecting-ip; read before the two standard ones.",
    ),
    "location_database": Setting(
        None,
        _optional_path,
        "An .mmdb file with countries (regions, cities). Empty: the bundled country database.",
    ),
    "language": Setting(
        ENGLISH,
        _language,
        "Language of the pages (en, de, fr, es) for people who have not chosen one and whose browser prefers none of these.",
    ),
    "memory_limit": Setting(
        512 * 1024**2,
        _size_from(128),
        "Memory for DuckDB: for a site while it works, and for all sites together; at least 128MB.",
    ),
    "threads": Setting(
        1,
        _count,
        "Threads that DuckDB can use for one query. A dashboard runs two queries at a time, so more than "
        "half the number of processors makes it slower.",
    ),
    "query_seconds": Setting(20, _count, "Queries that take longer are stopped."),
    "requests_per_minute": Setting(
        600,
        _count,
        "Queries and changes that one API key can send per minute, or at once; beyond that, 429 with Retry-After.",
    ),
    "disk_reserve": Setting(
        256 * 1024**2,
        _size,
        "Free disk space below which no new events are accepted (503), so that there is room to recover.",
    ),
    "segment_size": Setting(64 * 1024**2, _size_from(1), "A spool segment is closed at this size."),
}


_THIS_MACHINE = ("", "0.0.0.0", "[::]", "127.0.0.1")  # noqa: S104  # compared with, not bound to


class Config(Struct, frozen=True, kw_only=True):
    """The settings of one instance, checked. One field per row of ``SETTINGS``."""

    data: Path
    bind: str
    public_url: str
    trusted_proxies: tuple[str, ...]
    forwarded_header: str
    location_database: Path | None
    language: str
    memory_limit: int
    threads: int
    query_seconds: int
    requests_per_minute: int
    disk_reserve: int
    segment_size: int

    @property
    def base_url(self) -> str:
        """The address at which browsers reach the service, used in snippets and links; without a trailing slash."""
        host, _, port = self.bind.rpartition(":")
        return self.public_url or f"http://{'localhost' if host in _THIS_MACHINE else host}:{port}"

    @property
    def base_path(self) -> str:
        """The path of ``base_url``: ``/stats`` if a proxy serves the service below another site, else empty."""
        return urlsplit(self.base_url).path


def load(options: Mapping[str, Any] | None = None, environ: Mapping[str, str] = os.environ) -> Config:
    """The configuration from options, environment and file.

    Raises ConfigError for an unknown or unusable setting, naming it, its value and where it came from.
    """
    values: dict[str, Any] = {}
    for origin, found in (("file", _from_file(environ)), ("environment", _from_environ(environ)), ("option", options or {})):
        for name, value in found.items():
            if value is None:
                continue
            if name not in SETTINGS:
                raise ConfigError(name, value, f"there is no such setting (found in the {origin}); see docs/settings.md")
            values[name] = _parsed(name, value)
    for name, setting in SETTINGS.items():
        values.setdefault(name, _parsed(name, setting.default))
    return Config(**values)


def _parsed(name: str, value: Any) -> Any:
    try:
        return SETTINGS[name].parse(value)
    except (ValueError, TypeError) as error:
        raise ConfigError(name, value, str(error)) from None


def _from_file(environ: Mapping[str, str]) -> dict[str, Any]:
    named = environ.get("FOOTFALL_CONFIG")
    path = Path(named or "footfall.toml")
    if not path.exists():
        if named:
            raise ConfigError("config", named, "there is no such file")
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError("config", str(path), f"not a TOML file: {error}") from None
    except OSError as error:
        raise ConfigError("config", str(path), f"cannot be read: {error.strerror}") from None


def _from_environ(environ: Mapping[str, str]) -> dict[str, Any]:
    return {
        key.removeprefix("FOOTFALL_").lower(): value
        for key, value in environ.items()
        if key.startswith("FOOTFALL_") and key != "FOOTFALL_CONFIG"
    }
