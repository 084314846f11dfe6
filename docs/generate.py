"""Writes the pages of this folder that are tables of what the code says: settings, commands, dimensions.

``python docs/generate.py`` (``make docs``) writes them; a test says when they are old.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from analytics.cli import cli
from analytics.config import SETTINGS
from analytics.model import REASONS
from analytics.query.dimensions import DIMENSIONS
from analytics.query.metrics import METRICS
from analytics.robots import GROUPS, ROBOTS, Group
from analytics.site import SiteSettings

HERE = Path(__file__).parent
_MEGABYTE = 1024**2
_NOTE = "<!-- Written by docs/generate.py from {}; change it there, then run `make docs`. -->\n"


def settings() -> str:
    """Every setting of an instance, with where it may stand."""
    rows = (
        (f"`{name}`", f"`FOOTFALL_{name.upper()}`", _default(setting.default), setting.meaning)
        for name, setting in SETTINGS.items()
    )
    site = SiteSettings()
    of_a_site = ((f"`{name}`", _default(getattr(site, name))) for name in SiteSettings.__struct_fields__)
    return f"""{_NOTE.format("analytics/config.py")}
# Settings

All settings have defaults; you need not set any to try Footfall. A value is taken from the first of these that has one: an
option of the command, the environment, the file `footfall.toml` (in the working directory, or where `FOOTFALL_CONFIG` says),
the default. A value that is not valid stops the start with a message naming the setting and what to enter instead.

{_table(("setting", "environment", "default", "what it means"), rows)}
In `footfall.toml`, put one per line:

```toml
public_url = "https://stats.example.org"
trusted_proxies = ["127.0.0.1/32"]
memory_limit = "512MB"
```

In the environment, separate networks with commas: `FOOTFALL_TRUSTED_PROXIES=127.0.0.1/32,10.0.0.0/8`.

## Settings of a site

You change these in the site's own settings. They apply to that site only and are stored in `control.sqlite`.

{_table(("setting", "default"), of_a_site)}
What they do is described in [privacy.md](privacy.md#what-an-owner-can-choose).
"""


def dimensions() -> str:
    """Every dimension, metric and reason, with its definition."""
    counted = ((f"`{row.name}`", row.label, row.unit, row.definition) for row in METRICS.values())
    grouped = ((f"`{row.name}`", row.label, row.definition, row.blank) for row in DIMENSIONS.values())
    refused = ((f"`{reason.value}`", meaning) for reason, meaning in REASONS.items())
    robots = ((group.value, sentence, _such_as(group)) for group, sentence in GROUPS.items())
    sources = "analytics/query/dimensions.py, analytics/query/metrics.py, analytics/model.py and analytics/robots.py"
    return f"""{_NOTE.format(sources)}
# Dimensions and metrics

The query language is shared by dashboards, API and commands. The definitions are those that the dashboard
shows beside the figures. How to query: [api.md](api.md#querying-figures).

## Metrics

{_table(("metric", "name", "unit", "definition"), counted)}
## Dimensions

A name that ends in `:*` takes an argument: `event:props:author`, `event:section:2`. Where a value is not known, the
name in the last column stands for it, in answers and in filters.

{_table(("dimension", "name", "definition", "when unknown"), grouped)}
## Why events are not counted

Received = counted + dropped, by reason. The reason is sent to the caller (`x-footfall-dropped`) and counted by day.

{_table(("reason", "meaning"), refused)}
## Groups of bots

Events dropped as `bot` are listed by these groups. How bots are recognised: [bots.md](bots.md).

{_table(("group", "what it does", "such as"), robots)}"""


def _such_as(group: Group) -> str:
    """The robots that stand first in the table of names."""
    return ", ".join([robot.name for robot in ROBOTS if robot.group is group][:4])


def commands() -> str:
    """Every command with its arguments and options, as ``--help`` says it."""
    chapters = (_command(path, command) for path, command in every_command(cli, "footfall"))
    return f"""{_NOTE.format("analytics/cli.py")}
# Commands

`footfall` and `python -m analytics` are the same. Every command works the same while the service runs (it asks the service
over a socket in the data folder, which only its owner can open) and while it does not. A command that fails says why in
one line on the error output and ends with 1; a wrong option ends with 2.

{"".join(chapters).rstrip()}
"""


PAGES: dict[str, Callable[[], str]] = {"settings.md": settings, "dimensions.md": dimensions, "commands.md": commands}
"""File name -> what it has to hold."""


def every_command(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """All commands under ``command`` with the words that call them, in the order of their names."""
    if isinstance(command, click.Group):
        for name, inner in sorted(command.commands.items()):
            yield from every_command(inner, f"{path} {name}")
    else:
        yield path, command


def _command(path: str, command: click.Command) -> str:
    usage = " ".join([path, *(_usage(parameter) for parameter in command.params if isinstance(parameter, click.Argument))])
    options = (
        (f"`{', '.join(option.opts)}`", option.help or "") for option in command.params if isinstance(option, click.Option)
    )
    table = _table(("option", "what it does"), options)
    return f"## {path}\n\n`{usage}`\n\n{_paragraph(command.help or '')}\n\n{table}\n"


def _usage(argument: click.Argument) -> str:
    name = (argument.name or "").upper()
    return name if argument.required else f"[{name}]"


def _default(value: Any) -> str:
    if isinstance(value, int) and value >= _MEGABYTE:
        return f"`{value // _MEGABYTE}MB`"
    return f"`{_plain(value)}`" if _plain(value) else "(none)"


def _plain(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, bool):
        return "on" if value else "off"
    return "" if value is None else str(value)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [_row(head), _row(tuple("---" for _ in head)), *(_row(row) for row in rows)]
    return "".join(lines) if len(lines) > 2 else ""


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(_escaped(_paragraph(cell)) for cell in cells) + " |\n"


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|").replace("``", "`").replace("<", "&lt;")


def _paragraph(text: str) -> str:
    return " ".join(text.split())


def main() -> None:
    """Writes every generated page anew."""
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")
        sys.stdout.write(f"docs/{name}\n")


if __name__ == "__main__":
    main()
