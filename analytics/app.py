"""The composition root: the only module that knows every concrete class, and the order in which they are started and
stopped."""

import gc
import logging
import os
import sys
import time
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from threading import Event, Thread
from typing import Any, NoReturn

from analytics.boards.owned import OwnDashboards
from analytics.boards.renamed import follow
from analytics.clock import Clock, local_day, system_clock
from analytics.config import Config
from analytics.control_backup import ControlBackup
from analytics.control_socket import ControlSocket
from analytics.errors import ConfigError, FootfallError, StoreUnavailable, fault
from analytics.health import Health
from analytics.ingest.apart import Keeper
from analytics.ingest.arrivals import Arrivals
from analytics.ingest.collector import Collector
from analytics.ingest.directory import Directory
from analytics.ingest.handover import Handover, State
from analytics.ingest.intake import Intake
from analytics.ingest.ledger import Ledger
from analytics.ingest.retention import Retention
from analytics.ingest.sessioniser import Sessioniser
from analytics.ingest.sources import Sources
from analytics.ingest.spool import Entry, Part, Spool
from analytics.ingest.visitor_map import MemoryVisitorMap
from analytics.ingest.writer import Writer
from analytics.operations import OPERATIONS
from analytics.privacy.door import Door, Places
from analytics.privacy.keys import Keys
from analytics.query import register
from analytics.query.apart import KeptApart
from analytics.query.derivation import Derivation
from analytics.query.register import Register
from analytics.query.run import Answers
from analytics.resources import folder
from analytics.site import Site
from analytics.store.base import Changes
from analytics.store.control.store import ControlStore
from analytics.store.duckdb.dialect import DuckDBDialect
from analytics.store.duckdb.engine import DuckDBStore
from analytics.store.duckdb.limits import Folders, Limits
from analytics.store.lock import DataLock
from analytics.web.allowance import Allowance
from analytics.web.application import create_app
from analytics.web.collector.collect import CollectorASGI
from analytics.web.phone_links import PhoneLinks
from analytics.web.server.front import ASGIApp, CleanWSGI, Doorstep, Front, WSGIApp
from analytics.web.services import Services

_log = logging.getLogger(__name__)

DIALECT = DuckDBDialect()
"""How the engine is spoken to; without a state."""
UPKEEP = 10.0
"""Seconds between two rounds of upkeep: expired keys, due backups, memory, health."""
TAKE_OVER = 60.0
"""Seconds that a new process waits for the previous one to release the data (a reload starts it early)."""
TRY_AGAIN = 2.0
"""Seconds between two attempts to open the instance."""


class Instance:
    """Everything that runs on one data directory. It is created, opened once and closed."""

    def __init__(self, config: Config, clock: Clock = system_clock) -> None:
        self.config = config
        self._clock = clock
        os.umask(0o077)
        self._lock = DataLock(config.data)
        self._marker = config.data / "running"
        self._closed = False

    def open(self, patience: float = 0.0) -> "Instance":
        """Locks the data directory, opens its files and starts the threads; returns itself. ``patience`` is how many
        seconds to wait for another process to release the directory.

        Raises DataLocked, or FootfallError if something cannot be opened; the directory is then unlocked again.
        """
        self._lock.acquire(patience)
        try:
            self._start()
        except BaseException:
            self._lock.release()
            raise
        return self

    def _start(self) -> None:
        """Creates the parts, each from those before it, then starts the threads."""
        self._open_files()
        self._make_writer()
        self._make_collector()
        self._make_answers()
        self._health = Health(self.spool, self.writer, self.store)
        self.services = self._in_all()
        self._set_going()

    def _open_files(self) -> None:
        data = self.config.data
        self.control_backup = ControlBackup(data)
        self.control_backup.restore()
        self.control = ControlStore(data / "control.sqlite")
        self._remember()
        self.store = _store(self.config, self._in_doubt, register.standing(self.control.corrections, DIALECT))
        self.ledger = Ledger()
        self.spool = _spool(self.config, self.ledger)
        self.directory = Directory(self.control.sites.all(), self._clock)
        self.control.sites.subscribe(self._sites_changed)
        self._erase_removed()

    def _make_writer(self) -> None:
        """The part between the spool and the store."""
        self._derivation = Derivation(self.control.sections.all, DIALECT)
        self.writer = Writer(
            folder=self.config.data / "spool",
            quarantine=self.config.data / "quarantine",
            spool=self.spool,
            store=self.store,
            sites=self.directory.all,
            clock=self._clock,
            removed=lambda: self._removed,
            derivation=self._derivation,
        )

    def _make_collector(self) -> None:
        """The parts between an incoming request and the spool."""
        self.arrivals = Arrivals()
        self.places = _places(self.config)
        self.door = Door(self.keys, self.places, self.config.trusted_proxies, self.config.forwarded_header)
        self.sources = Sources(self.control.own_sources.all())
        self.control.own_sources.subscribe(lambda: self.sources.replace(self.control.own_sources.all()))
        self._keeper = Keeper()
        intake = Intake(
            directory=self.directory,
            door=self.door,
            sessioniser=Sessioniser(self._visitors),
            keeper=self._keeper,
            ledger=self.ledger,
            arrivals=self.arrivals,
            sources=self.sources,
            clock=self._clock,
        )
        self.collector = Collector(intake, self.control, self.store)

    def _make_answers(self) -> None:
        """The parts that read the store, and those that prune, correct and restore rows."""
        self._answers = Answers(self.store, self.control, self._clock, self.writer.freshen, DIALECT)
        self._register = Register(
            self.store, self.control.corrections, self._answers, DIALECT, self._clock, self.writer.catch_up
        )
        self._apart = KeptApart(self.store, self.control.audit, self.writer.freshen, DIALECT, self._clock)
        self.retention = Retention(
            store=self.store,
            sites=self.directory.all,
            clock=self._clock,
            settle=self._register.settle,
            rest=self._derivation.rest,
            back_up=self.writer.back_up_anew,
        )

    def _in_all(self) -> Services:
        return Services(
            config=self.config,
            clock=self._clock,
            control=self.control,
            store=self.store,
            answers=self._answers,
            register=self._register,
            apart=self._apart,
            retention=self.retention,
            collector=self.collector,
            spool=self.spool,
            directory=self.directory,
            arrivals=self.arrivals,
            sources=self.sources,
            door=self.door,
            places=self.places,
            allowance=Allowance(self.config.requests_per_minute, self._clock),
            phone_links=PhoneLinks(self._clock),
            health=self._health.check,
            clear_spool=self.writer.clear_soon,
            rebuild=self.writer.rebuild,
        )

    def _set_going(self) -> None:
        """Starts the threads and the socket that commands arrive on."""
        self._mark_restart()
        self.writer.start()
        self.retention.start()
        self._stop = Event()
        self._upkeep = Thread(target=self._keep_up, name="upkeep", daemon=True)
        self._upkeep.start()
        self._socket = ControlSocket(self.config.data / "control.sock", self.perform)

    def close(self) -> None:
        """Stores what is waiting, hands the visitor map over to the next process, and releases everything. May be called
        twice."""
        if self._closed:
            return
        self._closed = True
        self._stop.set()
        self._socket.close()
        self._upkeep.join()
        self.retention.close()
        self.spool.close()
        self.writer.close()
        self._handover.leave(self._state())
        self.store.close()
        self.control_backup.make_or_log(self.control)
        self.control.close()
        self._marker.unlink(missing_ok=True)
        self._lock.release()

    def perform(self, command: str, arguments: Mapping[str, Any]) -> Any:
        """Runs one of ``OPERATIONS`` and returns its result as JSON values. Raises FootfallError."""
        operation = OPERATIONS.get(command)
        if operation is None:
            raise FootfallError(f"there is no command {command!r}")
        return operation(self.services, **arguments)

    # --- sites ---------------------------------------------------------------------------------------

    def _sites_changed(self) -> None:
        self._removed = self.control.sites.removed()
        sites = self.control.sites.all()
        self.directory.replace(sites)
        try:
            follow(OwnDashboards(self.config.data / "dashboards"), sites)
        except OSError as problem:  # the sites are not affected
            _log.error("dashboards of a renamed site still name its old domain: %s", problem)

    def _erase_removed(self) -> None:
        """Erases the files of removed sites, in case a crash interrupted that. What cannot be erased now is tried at the
        next start."""
        self._removed = self.control.sites.removed()
        for site_id in self._removed:
            try:
                self.store.erase(Site(id=site_id, domain=""))
            except StoreUnavailable as problem:
                _log.error("a removed site has not been erased yet: %s", problem)

    # --- the visitor map and the keys ----------------------------------------------------------------

    def _remember(self) -> None:
        """Takes over the keys and visitors of the previous process, if it was able to hand them over."""
        self.keys = Keys()
        self._visitors = MemoryVisitorMap()
        self._handover = Handover(self.config.data)
        state = self._handover.take()
        if state:
            self.keys.restore(state.keys)
            self._visitors.restore(state.visitors)
        self._lost = state is None and self._marker.exists()

    def _mark_restart(self) -> None:
        """After a crash, marks today on every site: its visitors may be counted twice."""
        now = self._clock()
        self._mark_days({(site.id, local_day(now, site.timezone)) for site in self.directory.all()} if self._lost else set())
        self._marker.touch(mode=0o600)

    def _mark_days(self, days: Iterable[tuple[str, date]]) -> None:
        """Marks days, each given with its site's id, on which visitors were forgotten and may be counted twice."""
        parts = [Part(site_id, restarted=day.isoformat()) for site_id, day in days]
        if not parts:
            return
        try:
            self.spool.append(Entry(parts)).result(timeout=30)
        except (StoreUnavailable, TimeoutError) as problem:
            _log.warning("the day could not be marked as one whose visitors were forgotten: %s", problem)

    def _state(self) -> State:
        return State(self.keys.dump(), self._visitors.dump())

    def _keep_up(self) -> None:
        while not self._stop.wait(UPKEEP):
            for site_id, day in self.keys.forget(self._clock(), self.directory.all()):
                self._visitors.forget(site_id, day)
                self._keeper.forget(site_id, day)
            self._mark_days(self._visitors.take_thinned())
            self.control_backup.make_if_due(self.control)
            self.store.release_memory()
            self._health.log()

    def _in_doubt(self, problem: str) -> NoReturn:
        """Ends the process, because the database can no longer tell whether a commit happened. gunicorn starts a fresh
        worker, which reads the positions and knows. Exit code 1: on 3 and 4 gunicorn itself would stop."""
        _log.critical("a fresh process takes over: %s", problem)
        self._handover.leave(self._state())
        logging.shutdown()
        os._exit(1)


def check(config: Config) -> None:
    """Raises ConfigError for settings that can only be judged by the part that uses them. Call it before the service
    listens: once it runs, whatever cannot be opened is retried forever."""
    given = config.location_database
    if given and not given.is_file():
        raise ConfigError("location_database", str(given), "there is no such file")
    Door(Keys(), _places(config), config.trusted_proxies, config.forwarded_header)


def asgi_application(config: Config) -> "Running":
    """The service as an ASGI application. The data directory is opened when the server starts it."""
    return Running(config)


class Running:
    """One service in one process: an ASGI callable, with ``close`` for servers that end without the lifespan shutdown
    event."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._instance: Instance | None = None
        self._doorstep = Doorstep(self._open, self.close)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI."""
        await self._doorstep(scope, receive, send)

    def close(self) -> None:
        """Closes the instance, if it was opened. May be called twice."""
        if self._instance:
            self._instance.close()
            gc.unfreeze()

    def _open(self) -> ASGIApp:
        """Opens the instance. On failure it tries again every ``TRY_AGAIN`` seconds while requests are answered 503: if the
        worker gave up here, gunicorn would stop altogether."""
        while True:
            try:
                return self._opened()
            except (FootfallError, OSError) as problem:
                why = str(problem)
            except Exception as bug:
                why = fault(bug)
            _log.error("cannot start: %s; trying again in %g s", why, TRY_AGAIN)
            time.sleep(TRY_AGAIN)

    def _opened(self) -> ASGIApp:
        """Opens the instance and returns the application that answers requests. If a step fails, the instance is closed
        again."""
        instance = Instance(self._config).open(TAKE_OVER)
        try:
            _greet(instance)
            collector = CollectorASGI(instance.collector, instance.door, instance.spool)
            pages = create_app(instance.services)
        except BaseException:
            instance.close()
            raise
        self._instance = instance
        gc.freeze()  # what exists now stays: the garbage collector need not look at it again
        return Front(instance.door, collector, pages, instance.directory, self._config.base_path)


def wsgi_application(config: Config) -> WSGIApp:
    """The service as a WSGI application. The instance is opened at once and must not be carried across a fork."""
    instance = Instance(config).open(TAKE_OVER)
    _greet(instance)
    return CleanWSGI(instance.door, create_app(instance.services), instance.directory, config.base_path)


def _greet(instance: Instance) -> None:
    """Prints the address to open, with a token to create the owner's account as long as there is none."""
    base = instance.config.base_url
    token = instance.control.people.setup_token()
    where = f"{base}/setup?token={token}" if token else base
    sys.stdout.write(f"\nFootfall is ready. Open {where}\n\n")
    sys.stdout.flush()


def _store(config: Config, in_doubt: Any, changes: Changes) -> DuckDBStore:
    data = config.data
    folders = Folders(data / "sites", data / "quarantine", data / "work", data / "backups")
    limits = Limits(config.memory_limit, config.threads, config.query_seconds, config.disk_reserve)
    return DuckDBStore(folders, limits, in_doubt, changes)


def _spool(config: Config, ledger: Ledger) -> Spool:
    path = config.data / "spool"
    path.mkdir(mode=0o700, exist_ok=True)
    return Spool(
        path,
        segment_size=config.segment_size,
        reserve=config.disk_reserve,
        ride_along=ledger.take,
        put_back=ledger.put_back,
    )


def _places(config: Config) -> Places:
    shipped: Path = folder("built") / "country.mmdb"
    return Places(config.location_database or shipped)
