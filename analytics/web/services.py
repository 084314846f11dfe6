"""What the pages and APIs work with: passed in by the composition root, never imported."""

from collections.abc import Callable
from datetime import date
from typing import cast

from flask import current_app
from msgspec import Struct

from analytics.clock import Clock, local_day
from analytics.config import Config
from analytics.ingest.arrivals import Arrivals
from analytics.ingest.collector import Collector
from analytics.ingest.directory import Directory
from analytics.ingest.retention import Retention
from analytics.ingest.sources import Sources
from analytics.ingest.spool import Spool
from analytics.privacy.door import Door, Places
from analytics.query.apart import KeptApart
from analytics.query.register import Register
from analytics.query.run import Answers
from analytics.site import Site
from analytics.store.base import Store
from analytics.store.control.store import ControlStore
from analytics.web.allowance import Allowance
from analytics.web.phone_links import PhoneLinks


class Services(Struct, frozen=True, kw_only=True):
    """The parts of one instance that the web uses."""

    config: Config
    clock: Clock
    control: ControlStore
    store: Store
    answers: Answers
    register: Register
    apart: KeptApart
    retention: Retention
    collector: Collector
    spool: Spool
    directory: Directory
    arrivals: Arrivals
    sources: Sources
    door: Door
    places: Places
    allowance: Allowance
    phone_links: PhoneLinks
    health: Callable[[], dict[str, str]]
    """part -> "ok" or what is wrong with it."""
    clear_spool: Callable[[], None]
    """Has what was acknowledged by now taken out of the spool as soon as that can be."""
    rebuild: Callable[[Site], None]
    """Derives everything derived anew from a site's events."""


def services() -> Services:
    """The services of the app that handles the current request."""
    return cast("Services", current_app.extensions["footfall"])


def current_day(site: Site) -> date:
    """The present day in the site's zone."""
    return local_day(services().clock(), site.timezone)
