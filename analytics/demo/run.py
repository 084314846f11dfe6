"""The demo: the service, a year of made-up traffic sent to it, and a shop that carries the script.

Everything works as it does for everybody: the service is a process of its own, site and key are made with its commands,
events arrive over HTTP. Ends on Ctrl-C.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from analytics import config
from analytics.clock import system_clock
from analytics.demo import catalogue, history
from analytics.demo.history import Client, Progress
from analytics.demo.shop import Shop
from analytics.errors import FootfallError
from analytics.snippet import tag

DAY = 86400
YEAR = 365 * DAY
STARTS_WITHIN = 60
"""Seconds that the service may take to be ready."""
STOPS_WITHIN = 30
TICK = 5
"""Seconds between two looks at what happens in the made-up world now."""
OBJECTIONS = 7
"""People who do not want to be counted, so that the ledger has such a row."""


def main(data: Path, bind: str, shop_bind: str) -> int:
    """Runs the demo until Ctrl-C or SIGTERM; returns the exit code. ``data`` is a folder for the demo alone; an earlier
    demo in it is continued. ``bind`` and ``shop_bind`` are HOST:PORT of the service and of the shop. Raises FootfallError
    if something does not start."""
    settings = config.load({"data": data, "bind": bind})
    page_head = tag(catalogue.DOMAIN, settings.base_url)
    with (
        _ended_by(signal.SIGTERM),
        _service(settings) as service,
        closing(_client(settings.bind)) as client,
        Shop(shop_bind, page_head) as shop,
    ):
        try:
            _wait_until_ready(client, service)
            progress = _begin(settings, client)
            _send_history(client, progress, _note(settings))
            click.echo(_welcome(settings.base_url, shop.url))
            _go_on(client, progress, _note(settings), service)
        except KeyboardInterrupt:
            click.echo("\nStopping ...")
    return 0


def _note(settings: config.Config) -> Path:
    return settings.data / "demo.json"


@contextmanager
def _ended_by(number: signal.Signals) -> Iterator[None]:
    """A context in which the signal has the effect of Ctrl-C."""

    def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(number, interrupt)
    try:
        yield
    finally:
        signal.signal(number, before)


@contextmanager
def _service(settings: config.Config) -> Iterator["subprocess.Popen[bytes]"]:
    """The service as a process in a session of its own: Ctrl-C reaches only us, and we stop the service in good order."""
    command = [sys.executable, "-m", "analytics", "serve", "--data", str(settings.data), "--bind", settings.bind]
    process = subprocess.Popen(command, start_new_session=True)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _client(bind: str) -> Client:
    host, _, port = bind.rpartition(":")
    everywhere = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "[::]": "::1"}  # noqa: S104 - compared, not bound
    return Client(everywhere.get(host, host.strip("[]")), int(port))


def _wait_until_ready(client: Client, service: "subprocess.Popen[bytes]") -> None:
    give_up = time.monotonic() + STARTS_WITHIN
    while not client.is_ready():
        if service.poll() is not None:
            raise FootfallError(f"the service ended with code {service.returncode}; see its output above")
        if time.monotonic() > give_up:
            raise FootfallError(f"the service was not ready within {STARTS_WITHIN} seconds; see its output above")
        time.sleep(0.1)


def _begin(settings: config.Config, client: Client) -> Progress:
    """The progress of an earlier demo in this folder; or a new start, with site, goals, funnel and key created."""
    known = Progress.read(_note(settings))
    if known:
        return known
    _command(settings, "site", "add", catalogue.DOMAIN, "--timezone", catalogue.TIMEZONE)
    key = _command(settings, "key", "add", "--site", catalogue.DOMAIN).strip()
    for goal in catalogue.GOALS:
        _command(settings, "goal", "add", catalogue.DOMAIN, *goal)
    name, steps = catalogue.FUNNEL
    _command(settings, "funnel", "add", catalogue.DOMAIN, name, *(f"--step={step}" for step in steps))
    for _ in range(OBJECTIONS):
        client.object("/")
    progress = Progress(key, system_clock() - YEAR)
    progress.write(_note(settings))
    return progress


def _command(settings: config.Config, *arguments: str) -> str:
    """What ``footfall <arguments>`` prints; it speaks to the running service."""
    environment = os.environ | {"FOOTFALL_DATA": str(settings.data), "FOOTFALL_BIND": settings.bind}
    done = subprocess.run(
        [sys.executable, "-m", "analytics", *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        advice = f"For a demo from the start, delete {settings.data} and try again."
        raise FootfallError(f"footfall {' '.join(arguments)}: {done.stderr.strip()}\n{advice}")
    return done.stdout


def _send_history(client: Client, progress: Progress, note: Path) -> None:
    until = system_clock()
    start = progress.sent_until
    label = f"Sending made-up visitors of {max(1, round((until - start) / DAY))} days"
    with click.progressbar(length=round(until - start), label=label) as bar:
        history.send(client, progress, note, until, _told(bar.update, start))


def _told(update: Callable[[int], None], start: float) -> Callable[[float], None]:
    """Turns reports of a time reached into seconds of progress for a progress bar."""
    reached = start

    def told(at: float) -> None:
        nonlocal reached
        update(round(at - reached))
        reached = at

    return told


def _go_on(client: Client, progress: Progress, note: Path, service: "subprocess.Popen[bytes]") -> None:
    """Sends what happens while the demo runs, until it is stopped."""
    while service.poll() is None:
        time.sleep(TICK)
        history.send(client, progress, note, system_clock(), lambda _at: None)
    raise FootfallError(f"the service ended with code {service.returncode}; see its output above")


def _welcome(service: str, shop: str) -> str:
    return f"""
  Dashboard   {service}/        (the first time, open the set-up link printed above)
  Demo shop   {shop}/        (every page you open there is counted and appears on the dashboard)

Ctrl-C stops both. The data are kept; the next `make demo` continues from here.
"""
