"""The command ``footfall``. Commands work the same while the service runs: they then ask it, over its socket."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from analytics import __version__, config
from analytics.app import Instance
from analytics.control_socket import ask
from analytics.demo import run as demonstration
from analytics.errors import FootfallError
from analytics.store.lock import DataLock

RESTART = 5.0
"""Seconds that ``serve`` waits for the data directory: a worker whose master was killed leaves within two."""

_data = click.option("--data", type=click.Path(file_okay=False), help="The data directory (setting data).")


@click.group()
@click.version_option(__version__, prog_name="footfall")
def cli() -> None:
    """Web analytics that counts the people in each part of a site and knows none of them."""


def main() -> None:
    """Runs the command; what is wrong goes to the error output in one line, with exit code 1."""
    try:
        cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except FootfallError as error:
        click.echo(f"footfall: {error}", err=True)
        sys.exit(1)


@cli.command()
@_data
@click.option("--bind", metavar="HOST:PORT", help="Where to listen (setting bind).")
def serve(data: str | None, bind: str | None) -> None:
    """Start the service."""
    settings = config.load({"data": data, "bind": bind})
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = DataLock(settings.data)
    lock.acquire(patience=RESTART)
    lock.release()
    os.environ.update(FOOTFALL_DATA=str(settings.data), FOOTFALL_BIND=settings.bind)
    beside = Path(__file__).parent
    conf = beside / "gunicorn.conf.py"
    conf = conf if conf.exists() else beside.parent / conf.name
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", "-c", str(conf)])  # noqa: S606


@cli.group()
def site() -> None:
    """Add and list sites."""


@site.command("add")
@click.argument("domain")
@click.option("--timezone", default="UTC", show_default=True, help="IANA name of the zone whose days count.")
@_data
def site_add(domain: str, timezone: str, data: str | None) -> None:
    """Add a site and print the line that goes into its pages."""
    added = _perform(data, "site add", domain=domain, timezone=timezone)
    click.echo(added["snippet"])


@site.command("list")
@_data
def site_list(data: str | None) -> None:
    """List the sites with their time zones."""
    for one in _perform(data, "site list"):
        click.echo(f"{one['domain']}\t{one['timezone']}")


@cli.group()
def key() -> None:
    """Make API keys."""


@key.command("add")
@click.option("--site", "domain", metavar="DOMAIN", help="Limit the key to one site.")
@click.option("--scope", default="stats,events,sites", show_default=True, help="What the key may be used for.")
@click.option("--name", default="", help="A name to tell keys apart by.")
@_data
def key_add(domain: str | None, scope: str, name: str, data: str | None) -> None:
    """Make an API key and print it alone; it cannot be shown again."""
    scopes = [part.strip() for part in scope.split(",") if part.strip()]
    click.echo(_perform(data, "key add", site=domain, scopes=scopes, name=name))


@cli.group()
def person() -> None:
    """Help people who cannot sign in."""


@person.command("reset-password")
@click.argument("email")
@_data
def person_reset_password(email: str, data: str | None) -> None:
    """Print a link with which EMAIL chooses a new password, once and within an hour."""
    click.echo(_perform(data, "person reset-password", email=email))


@cli.command()
@click.argument("question", required=False)
@_data
def query(question: str | None, data: str | None) -> None:
    """Answer QUESTION, JSON in the language of the Stats API (from the standard input when left out)."""
    text = question if question is not None else sys.stdin.read()
    try:
        asked = json.loads(text)
    except ValueError as error:
        raise FootfallError(f"the question is not JSON: {error}") from None
    if not isinstance(asked, dict):
        raise FootfallError("the question is a JSON object, see docs/api.md")
    click.echo(json.dumps(_perform(data, "query", question=asked), indent=2, ensure_ascii=False))


@cli.command()
@click.argument("domain")
@_data
def rebuild(domain: str, data: str | None) -> None:
    """Derive everything derived anew from the events of DOMAIN."""
    _perform(data, "rebuild", site=domain)


@cli.command()
@_data
@click.option("--bind", metavar="HOST:PORT", help="Where the service listens.")
@click.option("--shop", metavar="HOST:PORT", default="127.0.0.1:8001", show_default=True, help="Where the shop listens.")
def demo(data: str | None, bind: str | None, shop: str) -> None:
    """Start the service beside a small shop, with a year of made-up traffic."""
    settings = config.load({"data": data or "demo-data", "bind": bind})
    sys.exit(demonstration.main(settings.data, settings.bind, shop))


def _perform(data: str | None, command: str, **arguments: Any) -> Any:
    """Has the running service do it, or does it here when none runs."""
    settings = config.load({"data": data})
    try:
        return ask(settings.data / "control.sock", command, arguments)
    except ConnectionError:
        instance = Instance(settings).open()
        try:
            return instance.perform(command, arguments)
        finally:
            instance.close()
