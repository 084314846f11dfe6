"""The command ``footfall``. Commands work the same while the service runs: they then ask it, over its socket."""

import errno
import json
import os
import socket
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from analytics import __version__, config
from analytics.app import Instance, check
from analytics.control_socket import ask
from analytics.demo import run as demonstration
from analytics.errors import ConfigError, DataLocked, FootfallError, InvalidInput
from analytics.store.lock import DataLock

RESTART = 5.0
"""Seconds that ``serve`` waits for the data directory: a worker whose master was killed ends within two. Commands wait that
long for one another, and for a service that is just starting."""


class _Day(click.ParamType[str]):
    """A day as one types it."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The same text. Raises click.BadParameter."""
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            self.fail(f"“{value}” is not a date; enter it as 2026-10-19", param, ctx)


_FIRST = click.option("--from", "first_day", type=_Day(), metavar="DAY", help="Events of this day and later, YYYY-MM-DD.")
_LAST = click.option("--to", "last_day", type=_Day(), metavar="DAY", help="Events of this day and earlier.")
_data = click.option("--data", type=click.Path(file_okay=False), help="The data folder (setting data).")


@click.group()
@click.version_option(__version__, prog_name="footfall")
def cli() -> None:
    """Web analytics that counts how many people visit each section of a website without identifying any of them."""


def main() -> None:
    """Runs the command; what is wrong goes to the error output, a line each, with exit code 1."""
    try:
        cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except InvalidInput as error:
        for each in error.each:
            click.echo(f"footfall: {each.field}: {each}", err=True)
        sys.exit(1)
    except FootfallError as error:
        click.echo(f"footfall: {error}", err=True)
        sys.exit(1)


@cli.command()
@_data
@click.option("--bind", metavar="HOST:PORT", help="Where to listen (setting bind).")
def serve(data: str | None, bind: str | None) -> None:
    """Start the service."""
    settings = config.load({"data": data, "bind": bind})
    check(settings)
    lock = DataLock(settings.data)
    lock.acquire(patience=RESTART)
    lock.release()
    _check_free(settings.bind)
    os.environ.update(FOOTFALL_DATA=str(settings.data), FOOTFALL_BIND=settings.bind)
    beside = Path(__file__).parent
    conf = beside / "gunicorn.conf.py"
    conf = conf if conf.exists() else beside.parent / conf.name
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", "-c", str(conf)])  # noqa: S606


def _check_free(bind: str) -> None:
    """Raises ConfigError for an address that cannot be had, or is taken for longer than a restart needs."""
    host, _, port = bind.rpartition(":")
    deadline = time.monotonic() + RESTART
    while True:
        try:
            socket.create_server(
                (host.strip("[]"), int(port)), family=socket.AF_INET6 if ":" in host else socket.AF_INET
            ).close()
        except OSError as error:
            if error.errno == errno.EADDRINUSE and time.monotonic() < deadline:
                time.sleep(0.1)
                continue
            raise ConfigError("bind", bind, f"{error.strerror or error}; free it, or choose another address") from None
        return


@cli.group()
def site() -> None:
    """Add, list and remove sites."""


@site.command("add")
@click.argument("domain")
@click.option("--timezone", default="UTC", show_default=True, help="The site's time zone, as an IANA name.")
@_data
def site_add(domain: str, timezone: str, data: str | None) -> None:
    """Add a site and print the line to put into its pages."""
    added = _perform(data, "site add", domain=domain, timezone=timezone)
    click.echo(added["snippet"])


@site.command("list")
@_data
def site_list(data: str | None) -> None:
    """List the sites with their time zones."""
    for one in _perform(data, "site list"):
        click.echo(f"{one['domain']}\t{one['timezone']}")


@site.command("remove")
@click.argument("domain")
@click.confirmation_option(prompt="Erase everything that was counted for this site?")
@_data
def site_remove(domain: str, data: str | None) -> None:
    """Remove DOMAIN and erase its files; prints the backups that still contain its data until they are deleted."""
    for held in _perform(data, "site remove", site=domain):
        click.echo(held)


@cli.group()
def goal() -> None:
    """Add, list and remove goals."""


@goal.command("add")
@click.argument("domain")
@click.option("--event", "event_name", default="", help="Completed by an event of this name.")
@click.option("--page", "page_path", default="", help="Completed by viewing a page: * within a folder, ** anything.")
@click.option("--scroll", type=int, help="With --page: completed by scrolling this far down the page, in per cent.")
@click.option("--name", default="", help="Its name; chosen automatically by default.")
@click.option("--currency", default="", help="With --event: the three-letter currency of the events' revenue.")
@click.option("--prop", "props", multiple=True, metavar="NAME=VALUE", help="The event has this property (repeatable).")
@_data
def goal_add(domain: str, scroll: int | None, props: tuple[str, ...], data: str | None, **fields: str) -> None:
    """Add a goal to DOMAIN, unless it exists; prints its number and name."""
    if bool(fields["event_name"]) == bool(fields["page_path"]):
        raise click.UsageError("Say what completes the goal: an event (--event) or a page (--page).")
    kind = "scroll" if scroll is not None else "page" if fields["page_path"] else "event"
    wanted: dict[str, Any] = {**fields, "kind": kind, "props": dict(_pair(prop) for prop in props)}
    if scroll is not None:
        wanted["scroll_threshold"] = scroll
    added = _perform(data, "goal add", site=domain, goal=wanted)
    click.echo(f"{added['id']}\t{added['name']}")


@goal.command("list")
@click.argument("domain")
@_data
def goal_list(domain: str, data: str | None) -> None:
    """List the goals of DOMAIN: number, kind and name."""
    for one in _perform(data, "goal list", site=domain):
        click.echo(f"{one['id']}\t{one['kind']}\t{one['name']}")


@goal.command("remove")
@click.argument("domain")
@click.argument("number", type=int)
@_data
def goal_remove(domain: str, number: int, data: str | None) -> None:
    """Remove goal NUMBER of DOMAIN; its events are kept."""
    _perform(data, "goal remove", site=domain, goal_id=number)


@cli.group()
def funnel() -> None:
    """Add, list and remove funnels."""


@funnel.command("add")
@click.argument("domain")
@click.argument("name")
@click.option(
    "--step", "steps", multiple=True, required=True, metavar="KIND:VALUE",
    help="page:/shop/**, event:Signup, goal:Sales or section:Shop; two to eight, in order (repeatable).",
)  # fmt: skip
@click.option("--strict", is_flag=True, help="Allow no other pages between the steps.")
@_data
def funnel_add(domain: str, name: str, steps: tuple[str, ...], strict: bool, data: str | None) -> None:
    """Add a funnel called NAME to DOMAIN; prints its number."""
    parted = [step.partition(":")[::2] for step in steps]
    click.echo(_perform(data, "funnel add", site=domain, name=name, steps=parted, strict=strict))


@funnel.command("list")
@click.argument("domain")
@_data
def funnel_list(domain: str, data: str | None) -> None:
    """List the funnels of DOMAIN: number, name and steps."""
    for one in _perform(data, "funnel list", site=domain):
        click.echo(f"{one['id']}\t{one['name']}\t{' > '.join(one['steps'])}")


@funnel.command("remove")
@click.argument("domain")
@click.argument("number", type=int)
@_data
def funnel_remove(domain: str, number: int, data: str | None) -> None:
    """Remove funnel NUMBER of DOMAIN; its events are kept."""
    _perform(data, "funnel remove", site=domain, funnel_id=number)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--prop")
    return name, value


@cli.group()
def key() -> None:
    """Create API keys."""


@key.command("add")
@click.option("--site", "domain", metavar="DOMAIN", help="Limit the key to one site.")
@click.option("--scope", default="stats,events,sites", show_default=True, help="What the key is for, separated by commas.")
@click.option("--name", default="", help="A name to recognise the key by.")
@_data
def key_add(domain: str | None, scope: str, name: str, data: str | None) -> None:
    """Create an API key and print it; it cannot be shown again."""
    scopes = [part.strip() for part in scope.split(",") if part.strip()]
    if not scopes:
        raise click.BadParameter("a key needs at least one scope", param_hint="--scope")
    click.echo(_perform(data, "key add", site=domain, scopes=scopes, name=name))


@cli.group()
def person() -> None:
    """Invite, list and remove people, and reset passwords."""


@person.command("list")
@_data
def person_list(data: str | None) -> None:
    """List all people: email address, role and, for viewers, what they can see."""
    for each in _perform(data, "person list"):
        sees = [domain if parts is None else f"{domain} ({', '.join(parts)})" for domain, parts in each["sees"].items()]
        click.echo("\t".join((each["email"], each["role"], "everything" if each["role"] == "owner" else "; ".join(sees))))


@person.command("invite")
@click.argument("email")
@click.option("--role", type=click.Choice(["owner", "viewer"]), default="viewer", help="Their role.")
@click.option("--site", "sites", multiple=True, help="A site that a viewer can see (repeatable).")
@_data
def person_invite(email: str, role: str, sites: tuple[str, ...], data: str | None) -> None:
    """Print an invitation link for EMAIL to choose a name and a password; it works once, within seven days."""
    click.echo(_perform(data, "person invite", email=email, role=role, sites=list(sites)))


@person.command("remove")
@click.argument("email")
@_data
def person_remove(email: str, data: str | None) -> None:
    """Remove EMAIL and end their sessions; the last owner cannot be removed."""
    _perform(data, "person remove", email=email)
    click.echo(f"{email} is removed")


@person.command("reset-password")
@click.argument("email")
@_data
def person_reset_password(email: str, data: str | None) -> None:
    """Print a link for EMAIL to set a new password; it works once, within an hour."""
    click.echo(_perform(data, "person reset-password", email=email))


@cli.command()
@click.argument("question", default="-")
@_data
def query(question: str, data: str | None) -> None:
    """Answer QUESTION: a Stats API query as JSON, a file that contains it, or - for standard input. A query with "steps"
    is for a funnel, one with "around" for a flow.
    """
    try:
        asked = json.loads(_text(question))
    except (ValueError, RecursionError) as error:
        raise FootfallError(f"the query is not JSON: {error}") from None
    if not isinstance(asked, dict):
        raise FootfallError("the query must be a JSON object; see docs/api.md")
    click.echo(json.dumps(_perform(data, "query", question=asked), indent=2, ensure_ascii=False))


def _text(question: str) -> str:
    if question.lstrip().startswith("{"):
        return question
    try:
        with click.open_file(question, encoding="utf-8") as file:
            return str(file.read())
    except OSError as error:
        raise FootfallError(f"the query cannot be read: {error}") from None


@cli.command()
@click.argument("domain")
@click.argument("kind", type=click.Choice(["ignore", "delete", "rename"]))
@click.option("--filter", "filters", multiple=True, metavar="JSON", help="Which events: a filter in JSON (repeatable).")
@_FIRST
@_LAST
@click.option("--pattern", default="", help="With rename: an RE2 pattern that matches the whole page.")
@click.option("--replacement", default="", help="With rename: the new name; \\1 is the pattern's first group.")
@click.option("--hostname", is_flag=True, help="With rename: apply pattern and replacement to the host.")
@click.option("--dry-run", is_flag=True, help="Only show what would change in each panel.")
@_data
def correct(
    domain: str, filters: tuple[str, ...], hostname: bool, dry_run: bool, data: str | None, **fields: str | None
) -> None:
    """Correct the figures of DOMAIN: ignore (past and future), delete (existing data) or rename."""
    wanted: dict[str, Any] = {name: value for name, value in fields.items() if value}
    wanted["filters"] = [_json(text) for text in filters]
    if hostname:
        wanted["dimension"] = "event:hostname"
    found = _perform(data, "correct", site=domain, correction=wanted, dry_run=dry_run)
    for line in _preview_lines(found) if dry_run else [f"{found['id']}\t{found['text']}"]:
        click.echo(line)


@cli.command()
@click.argument("domain")
@click.option("--undo", type=int, metavar="NUMBER", help="Undo this correction.")
@click.option("--erase", type=int, metavar="NUMBER", help="Erase the data it removed now, not after 30 days; no undo.")
@_data
def corrections(domain: str, undo: int | None, erase: int | None, data: str | None) -> None:
    """List the corrections of DOMAIN, undo one, or erase the data one removed."""
    for done, number in (("undo", undo), ("erase", erase)):
        if number is not None:
            _perform(data, f"correction {done}", site=domain, number=number)
    for one in _perform(data, "correction list", site=domain):
        click.echo("\t".join(filter(None, (str(one["id"]), one["text"], one["state"]))))


@cli.group()
def dropped() -> None:
    """List events that were dropped on suspicion, and restore them."""


@dropped.command("list")
@click.argument("domain")
@_data
def dropped_list(domain: str, data: str | None) -> None:
    """List the events of DOMAIN that are set aside: reason, group, who (none: others), events, first and last day."""
    for each in _perform(data, "dropped list", site=domain):
        click.echo("\t".join(str(each[name] or "") for name in ("reason", "category", "who", "events", "first", "last")))


@dropped.command("restore")
@click.argument("domain")
@click.argument("reason")
@click.option("--group", "category", help="Only bots of this group, as named in the list.")
@click.option("--who", help="Only this bot or host, as named in the list.")
@click.option("--page", "path", help="Only events on this page.")
@click.option("--from", "first", metavar="DAY", help="Events of this day and later, YYYY-MM-DD.")
@click.option("--to", "last", metavar="DAY", help="Events of this day and earlier.")
@_data
def dropped_restore(domain: str, data: str | None, **fields: str | None) -> None:
    """Restore events of DOMAIN dropped for REASON, all of them or those the options select; prints how many."""
    chosen = {name: value for name, value in fields.items() if value is not None}
    click.echo(_perform(data, "dropped restore", site=domain, chosen=chosen))


@dropped.command("restored")
@click.argument("domain")
@_data
def dropped_restored(domain: str, data: str | None) -> None:
    """List the restored events of DOMAIN: moment (UTC), reason, group, who (none: several), events, first and last day."""
    for each in _perform(data, "dropped restored", site=domain):
        click.echo("\t".join(str(each[name] or "") for name in ("at", "reason", "category", "who", "rows", "first", "last")))


@dropped.command("put-back")
@click.argument("domain")
@click.argument("moment")
@_data
def dropped_put_back(domain: str, moment: str, data: str | None) -> None:
    """Undo the restoring of DOMAIN's events at MOMENT, as listed by `restored`; prints how many events."""
    click.echo(_perform(data, "dropped put-back", site=domain, at=moment))


@cli.command()
@click.option("--site", "domain", metavar="DOMAIN", help="One site; default: all sites.")
@click.option("--dry-run", is_flag=True, help="Only show what would be erased.")
@_data
def prune(domain: str | None, dry_run: bool, data: str | None) -> None:
    """Erase data older than each site keeps, and data that corrections removed 30 days ago."""
    for one in _perform(data, "prune", site=domain, dry_run=dry_run):
        before = f"{one['rows']} rows before {one['rows_before']}" if one["rows_before"] else "no rows"
        totals = f", totals before {one['totals_before']}" if one["totals_before"] else ""
        apart = f", {one['apart']} dropped events set aside" if one["apart"] else ""
        click.echo(f"{one['domain']}\t{before}{totals}{apart}")


@cli.command()
@click.argument("domain")
@_data
def rebuild(domain: str, data: str | None) -> None:
    """Rebuild all derived data of DOMAIN from its events."""
    _perform(data, "rebuild", site=domain)


@cli.command()
@_data
@click.option("--bind", metavar="HOST:PORT", help="Where the service listens.")
@click.option("--shop", metavar="HOST:PORT", default="127.0.0.1:8001", show_default=True, help="Where the shop listens.")
def demo(data: str | None, bind: str | None, shop: str) -> None:
    """Start the service with a small demo shop and a year of made-up traffic."""
    settings = config.load({"data": data or "demo-data", "bind": bind})
    sys.exit(demonstration.main(settings.data, settings.bind, shop))


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise FootfallError(f"the filter {text!r} is not JSON: {error}") from None


def _preview_lines(panels: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Each panel that would change, and its rows before and after."""
    for panel in panels:
        if panel["lines"]:
            yield f"{panel['title']}: " + ", ".join(column["label"] for column in panel["columns"])
        for line in panel["lines"]:
            yield f"  {line['label']}\t{' '.join(line['before'])}\t->\t{' '.join(line['after'])}"


_BEGINNINGS = ("site add", "key add", "person invite")
"""Commands that may run before the service has run for the first time. All others need existing data: if there is no data
folder, a wrong one was named."""


def _perform(data: str | None, command: str, **arguments: Any) -> Any:
    """Has the running service do it, or does it here when none runs."""
    settings = config.load({"data": data})
    if command not in _BEGINNINGS and not settings.data.is_dir():
        raise ConfigError(
            "data", str(settings.data), "there is no such folder; choose the service's folder with --data or FOOTFALL_DATA"
        )
    deadline = time.monotonic() + RESTART
    while True:
        try:
            return ask(settings.data / "control.sock", command, arguments)
        except ConnectionError:
            instance = Instance(settings)
        try:
            instance.open()
        except DataLocked:  # by another command, or by the service, which is just starting
            if time.monotonic() >= deadline:
                raise
            time.sleep(0.1)
            continue
        try:
            return instance.perform(command, arguments)
        finally:
            instance.close()
