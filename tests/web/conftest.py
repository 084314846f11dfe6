"""The whole web on real parts, without a network: a control file, a spool and a store in a folder of the test's own.

Requests go through the door as they do in service, so that no test sees an address behind it.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache, FileSystemBytecodeCache
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from analytics.config import Config, load
from analytics.ingest.arrivals import Arrivals
from analytics.ingest.collector import Collector
from analytics.ingest.directory import Directory
from analytics.ingest.intake import Intake
from analytics.ingest.ledger import Ledger
from analytics.ingest.retention import Retention
from analytics.ingest.sessioniser import Sessioniser
from analytics.ingest.sources import Sources
from analytics.ingest.spool import Spool
from analytics.ingest.visitor_map import MemoryVisitorMap
from analytics.privacy.door import Door, Places
from analytics.privacy.keys import Keys
from analytics.query.apart import KeptApart
from analytics.query.register import Register, standing
from analytics.query.run import Answers
from analytics.resources import folder
from analytics.site import Site
from analytics.store.control import passwords
from analytics.store.control.people import Person
from analytics.store.control.store import ControlStore
from analytics.store.duckdb.dialect import DuckDBDialect
from analytics.store.duckdb.engine import DuckDBStore
from analytics.store.duckdb.limits import Folders, Limits
from analytics.web.accounts.access import SIGN_IN
from analytics.web.allowance import Allowance
from analytics.web.application import create_app
from analytics.web.phone_links import PhoneLinks
from analytics.web.server.front import CleanWSGI
from analytics.web.services import Services
from tests.web.page import Page, Visit
from tests.web.visits import Visits

NOON = 1_790_000_000.0
"""2026-09-21 14:13:20 UTC."""
EMAIL, PASSWORD = "ada@example.org", "four words walk home"


class Watch:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def databases(copied_databases: None) -> None:
    """No test here is about migrations."""


@pytest.fixture
def clock() -> Watch:
    return Watch()


@pytest.fixture
def public_url() -> str:
    """Where people reach the service; a test that needs another one overrides it."""
    return "http://stats.example.org"


@pytest.fixture
def config(tmp_path: Path, public_url: str) -> Config:
    return load({"data": tmp_path / "data", "public_url": public_url}, {})


@pytest.fixture(scope="session")
def door() -> Door:
    """One for all tests: its lists of robots take a while to read. 192.0.2.0/24 are trusted proxies."""
    return Door(Keys(), Places(folder("built") / "country.mmdb"), ["192.0.2.0/24"])


def _no_doubt(problem: str) -> NoReturn:
    raise AssertionError(problem)


@pytest.fixture
def control(config: Config, clock: Watch) -> Iterator[ControlStore]:
    config.data.mkdir(exist_ok=True)
    control = ControlStore(config.data / "control.sqlite", clock)
    yield control
    control.close()


@pytest.fixture
def store(config: Config, control: ControlStore) -> Iterator[DuckDBStore]:
    data = config.data
    folders = Folders(data / "sites", data / "quarantine", data / "work", data / "backups")
    changes = standing(control.corrections, DuckDBDialect())
    store = DuckDBStore(folders, Limits(128 * 1024**2, 1, 20, 1024**2), _no_doubt, changes)
    yield store
    store.close()


@pytest.fixture
def health() -> dict[str, str]:
    """What the parts say of themselves; a test changes it."""
    return {"spool": "ok", "writer": "ok", "database": "ok", "upkeep": "ok"}


@pytest.fixture
def services(
    config: Config, clock: Watch, control: ControlStore, store: DuckDBStore, door: Door, health: dict[str, str]
) -> Iterator[Services]:
    """One instance's parts. Nothing is loaded from the spool into the store: ``store.load`` puts rows there."""
    ledger, arrivals, directory = Ledger(), Arrivals(), Directory(control.sites.all(), clock)
    answers = Answers(store, control, clock, lambda site: None, DuckDBDialect())
    register = Register(store, control.corrections, answers, DuckDBDialect(), clock, lambda site: None)
    control.sites.subscribe(lambda: directory.replace(control.sites.all()))
    sources = Sources(control.own_sources.all())
    control.own_sources.subscribe(lambda: sources.replace(control.own_sources.all()))
    (config.data / "spool").mkdir(exist_ok=True)
    spool = Spool(
        config.data / "spool", segment_size=1024**2, reserve=1024**2, ride_along=ledger.take, put_back=ledger.put_back
    )
    yield Services(
        config=config,
        clock=clock,
        control=control,
        store=store,
        answers=answers,
        register=register,
        apart=KeptApart(store, control.audit, lambda site: None, DuckDBDialect(), clock),
        retention=Retention(
            store=store,
            sites=directory.all,
            clock=clock,
            settle=register.settle,
            rest=lambda site, first, before: [],
            back_up=lambda site: None,
        ),
        collector=Collector(
            Intake(
                directory=directory,
                door=door,
                sessioniser=Sessioniser(MemoryVisitorMap()),
                ledger=ledger,
                arrivals=arrivals,
                sources=sources,
                clock=clock,
            ),
            control,
            store,
        ),
        spool=spool,
        directory=directory,
        arrivals=arrivals,
        sources=sources,
        door=door,
        places=Places(None),
        allowance=Allowance(config.requests_per_minute, clock),
        phone_links=PhoneLinks(clock),
        health=lambda: health,
        clear_spool=lambda: None,
        rebuild=lambda site: None,
    )
    spool.close()


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> BytecodeCache:
    """Compiled once for all tests."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture(scope="session")
def routes() -> Iterator[None]:
    """What werkzeug makes of a route, by writing Python and compiling it, is made once for all tests' applications."""
    make, made = Rule._compile_builder, {}

    def builder(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (*rule._trace, repr(rule.defaults), append_unknown)
        if key not in made:
            made[key] = make(rule, append_unknown)
        return made[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", builder)
        yield


@pytest.fixture
def app(services: Services, templates: BytecodeCache, routes: None) -> Flask:
    app = create_app(services)
    app.jinja_env.bytecode_cache = templates
    app.wsgi_app = CleanWSGI(  # type: ignore[method-assign]
        services.door, app.wsgi_app, services.directory, services.config.base_path
    )
    return app


@pytest.fixture
def client(app: Flask, public_url: str) -> FlaskClient:
    """A browser that nobody has signed in with, at the service's public address."""
    client = app.test_client()
    client.environ_base["HTTP_HOST"] = public_url.partition("//")[2]
    client.environ_base["wsgi.url_scheme"] = public_url.partition(":")[0]
    return client


@pytest.fixture(scope="session")
def hashed_password() -> str:
    """What is kept of the owner's password, made once for all tests: it takes long on purpose."""
    return passwords.hashed(PASSWORD)


@pytest.fixture
def owner(control: ControlStore, hashed_password: str) -> Person:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "hashed", lambda _: hashed_password)
        return control.people.create_owner(control.people.setup_token() or "", EMAIL, "Ada", PASSWORD)


Send = Callable[..., TestResponse]


def send(client: FlaskClient, path: str, /, follow: bool = False, **fields: object) -> TestResponse:
    """Fills in the form on the page at ``path`` as a browser would, CSRF token included, and sends it there."""
    page = client.get(path).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token, f"{path} has no form:\n{page}"
    return client.post(path, data={"csrf_token": token[1], **fields}, follow_redirects=follow)


@pytest.fixture
def signed_in_client(client: FlaskClient, control: ControlStore, owner: Person) -> FlaskClient:
    """A browser in which the owner is signed in; how that happens is test_auth.py's matter."""
    with client.session_transaction() as session:
        session[SIGN_IN] = control.people.sign_in(owner)
    return client


@pytest.fixture
def site(services: Services) -> Site:
    return services.control.sites.add("example.org", "Europe/Berlin")


@pytest.fixture
def visits(services: Services, site: Site) -> Visits:
    return Visits(services, site)


@pytest.fixture
def browse(signed_in_client: FlaskClient, site: Site) -> Callable[..., Page]:
    """Opens the dashboard with these parameters."""

    def browse(query: str = "") -> Page:
        answer = signed_in_client.get(f"/{site.domain}{query}")
        assert answer.status_code == 200, answer.text
        return Page(answer.text)

    return browse


@pytest.fixture
def visit(services: Services, site: Site) -> Visit:
    """Stores visits of these paths, as ``Visits.add`` says."""
    return Visits(services, site).add
