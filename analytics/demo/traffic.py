"""A year of a small shop's visitors, made up, the same every time.

A day's events depend only on the seed and the date, so any stretch of time can be generated, also repeatedly and in parts:
first the history, then what happens "now" while the demo runs. Nothing is sent from here.
"""

import math
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from msgspec import Struct

from analytics import needs
from analytics.clock import local_day, start_of_day
from analytics.demo import catalogue
from analytics.demo.catalogue import CAMPAIGNS, MACHINES, PAGES, PLACES, PRODUCTS, SOURCES, Machine, Page, Place, Source

SEED = 2026
VISITORS_A_DAY = 52
"""On an average day; about 100,000 events in a year come of it."""
BATCH = 500
"""Events in one request; the service takes up to 1,000."""

_SECOND_VISIT = 0.12
_TREND = 0.35
_TREND_FROM = date(2026, 4, 1).toordinal()
_TREND_DAYS = 1460
"""Good times and bad times: a wave of four years, a third above and below."""
_VERSIONS_FROM = date(2025, 7, 1)

_MEASURED = 0.12
"""Page loads whose speed was told."""
_LOST = 0.012
"""Visits that begin on a page that is not there."""

Row = TypeVar("Row", Source, Place, Machine)
Wire = dict[str, Any]
"""One event as ``POST /api/events`` takes it."""


class Batch(Struct, frozen=True):
    """One request's body."""

    idempotency_key: str
    events: list[Wire]


class _Arrival(NamedTuple):
    referrer: str
    leads_to: str
    query: str


_NOWHERE = _Arrival("", "", "")


class _Visit(NamedTuple):
    visitor: str
    facts: Wire
    arrival: _Arrival


def batches(after: float, until: float, seed: int = SEED) -> Iterator[Batch]:
    """All events later than ``after`` and not later than ``until`` (seconds since the epoch), in order of time. The same
    arguments give the same batches with the same keys."""
    waiting: list[Wire] = []
    number = 0
    for events in _days(after, until, seed):
        waiting += events
        while len(waiting) >= BATCH:
            yield Batch(f"demo-{seed}-{after:.0f}-{number}", waiting[:BATCH])
            waiting, number = waiting[BATCH:], number + 1
    if waiting:
        yield Batch(f"demo-{seed}-{after:.0f}-{number}-{until:.0f}", waiting)


def time_of(event: Wire) -> float:
    """When the event happened, in seconds since the epoch."""
    return datetime.fromisoformat(event["timestamp"]).timestamp()


def _days(after: float, until: float, seed: int) -> Iterator[list[Wire]]:
    """The events within the bounds, day by day; what a visit does past midnight comes with the next day."""
    day, last = local_day(after, catalogue.TIMEZONE) - timedelta(days=1), local_day(until, catalogue.TIMEZONE)
    late: list[tuple[float, Wire]] = []
    while day <= last:
        midnight = start_of_day(day + timedelta(days=1), catalogue.TIMEZONE)
        events = sorted(late + day_of(day, seed), key=lambda timed: timed[0])
        late = [timed for timed in events if timed[0] >= midnight]
        yield [event for at, event in events if at < midnight and after < at <= until]
        day += timedelta(days=1)


def day_of(day: date, seed: int = SEED) -> list[tuple[float, Wire]]:
    """Every event of the visits and robots that arrive on ``day``, each with its time, in no particular order."""
    dice = random.Random(f"{seed} {day.isoformat()}")  # noqa: S311 - a demo's dice, not a secret
    events: list[tuple[float, Wire]] = []
    for number in range(_visitors_on(day, dice)):
        events += _visitor(dice, day, f"{day.isoformat()}-{number}")
    for _ in range(dice.randrange(4, 15)):
        events.append(_noise(dice, day))
    return events


def _visitors_on(day: date, dice: random.Random) -> int:
    trend = 1 + _TREND * math.sin(2 * math.pi * (day.toordinal() - _TREND_FROM) / _TREND_DAYS)
    shape = catalogue.WEEKDAYS[day.weekday()] * catalogue.MONTHS[day.month - 1]
    return round(VISITORS_A_DAY * trend * shape * dice.uniform(0.85, 1.15))


def _visitor(dice: random.Random, day: date, name: str) -> list[tuple[float, Wire]]:
    """Everything one person does in a day: one visit, occasionally two."""
    machine = _draw(dice, MACHINES)
    facts = _facts(_draw(dice, PLACES), machine, day) | {"screen": dice.choice(catalogue.SCREENS[machine.device])}
    events = []
    for _ in range(2 if dice.random() < _SECOND_VISIT else 1):
        visit = _Visit(name, facts, _arrival(dice, day))
        events += _visit(dice, visit, _moment(dice, day), _length(dice, machine, visit.arrival))
    return events


def _visit(dice: random.Random, visit: _Visit, at: float, pages: int) -> list[tuple[float, Wire]]:
    """The events of one visit: each page is viewed, read for a while, and left for the next page or for good."""
    page, events = _entry(dice, visit.arrival), []
    if dice.random() < _LOST:
        events, at = _missing(dice, visit, at), at + 20
        visit = visit._replace(arrival=_NOWHERE)
    for step in range(pages):
        query, referrer = (visit.arrival.query, visit.arrival.referrer) if step == 0 else ("", "")
        events.append(_event(visit, at, "pageview", page.path + query, r=referrer))
        seconds = min(1500.0, max(2.0, dice.lognormvariate(0, 0.8) * page.stay))
        events += _deeds(dice, visit, page, at + seconds * 0.8)
        if dice.random() < _MEASURED:
            events.append(_vitals(dice, visit, page, at + seconds * 0.9))
        at += seconds
        events.append(_event(visit, at, "engagement", page.path, e=int(seconds * 850), sd=dice.randrange(20, 101)))
        at += 1
        page = _next(dice, page)
    return events


def _length(dice: random.Random, machine: Machine, arrival: _Arrival) -> int:
    """How many pages a visit has: most people leave soon, earlier on a phone, and earliest when they came to read one
    thing."""
    leave = (0.42 if machine.device == "Mobile" else 0.30) + (0.2 if arrival.leads_to == "/blog" else 0)
    return 1 if dice.random() < leave else 2 + min(12, int(dice.expovariate(0.6)))


def _entry(dice: random.Random, arrival: _Arrival) -> Page:
    pages = [page for page in PAGES if page.path.startswith(arrival.leads_to) and page.arrive]
    return dice.choices(pages, [page.arrive for page in pages])[0]


def _next(dice: random.Random, page: Page) -> Page:
    if page.path == "/shop/basket" and dice.random() < 0.35:
        return next(other for other in PAGES if other.path == "/shop/thank-you")
    pages = [other for other in PAGES if other is not page]
    return dice.choices(pages, [other.go_on for other in pages])[0]


def _arrival(dice: random.Random, day: date) -> _Arrival:
    for campaign in CAMPAIGNS:
        if day.month in campaign.months and dice.random() < campaign.share:
            query = f"?utm_source={campaign.source}&utm_medium={campaign.medium}&utm_campaign={campaign.name}"
            if campaign.click_id:
                query += f"&{campaign.click_id}=made-up"
            return _Arrival(campaign.referrer, campaign.leads_to, query)
    source = _draw(dice, SOURCES)
    return _Arrival(source.referrer, source.leads_to, "")


def _facts(place: Place, machine: Machine, day: date) -> Wire:
    newer = (day - _VERSIONS_FROM).days // 28 if machine.rises else 0
    return {
        "country": place.country,
        "language": place.language,
        "browser": machine.browser,
        "browser_version": str(machine.version + newer),
        "os": machine.os,
        "os_version": machine.os_version,
        "device": machine.device,
    }


def _deeds(dice: random.Random, visit: _Visit, page: Page, at: float) -> list[tuple[float, Wire]]:
    """What people do on a page besides reading it."""
    if page.path in PRODUCTS and dice.random() < 0.12:
        product = page.path.rpartition("/")[2]
        return [_event(visit, at, "Add to basket", page.path, p={"product": product, "size": str(dice.randrange(36, 47))})]
    if page.path == "/shop/thank-you":
        product, price = dice.choice(list(PRODUCTS.items()))
        bought = {"product": product.rpartition("/")[2], "delivery": dice.choice(catalogue.DELIVERY)}
        return [_event(visit, at, "Purchase", page.path, p=bought, **{"$": {"amount": price, "currency": "GBP"}})]
    if page.path.startswith("/blog/") and dice.random() < 0.03:
        return [_event(visit, at, "Newsletter sign-up", page.path, p={"place": dice.choice(catalogue.PLACES_TO_SIGN_UP)})]
    return _clicks(dice, visit, page, at)


def _clicks(dice: random.Random, visit: _Visit, page: Page, at: float) -> list[tuple[float, Wire]]:
    """What the script counts when its features are on, under the names that it uses."""
    path, chance = page.path, dice.random()
    if path in catalogue.OUTBOUND and chance < 0.14:
        return [_event(visit, at, needs.OUTBOUND, path, p={"url": dice.choice(catalogue.OUTBOUND[path])})]
    if path in catalogue.FILES and chance < 0.3:
        return [_event(visit, at, needs.DOWNLOAD, path, p={"url": f"https://{catalogue.DOMAIN}{catalogue.FILES[path]}"})]
    if path in catalogue.FORMS and chance < 0.45:
        return [_event(visit, at, needs.FORM, path, p={"path": path})]
    return []


def _missing(dice: random.Random, visit: _Visit, at: float) -> list[tuple[float, Wire]]:
    """A visit that begins on a page that is not there."""
    path, linked_from = dice.choice(list(catalogue.MISSING.items()))
    said = {"path": path, "from": linked_from} if linked_from else {"path": path}
    view = _event(visit, at, "pageview", path, r=linked_from)
    return [view, _event(visit, at + 0.1, needs.MISSING, path, p=said, i=False)]


def _vitals(dice: random.Random, visit: _Visit, page: Page, at: float) -> tuple[float, Wire]:
    """How fast the page was, rounded as the script rounds it."""
    slow = catalogue.SLOWER[visit.facts["device"]] * catalogue.HEAVY.get(page.path, 1.0)
    found: dict[str, Any] = {}
    for name, middle in catalogue.VITALS.items():
        value = middle * slow * dice.lognormvariate(0, 0.45)
        found[name] = round(value, 2) if name == "cls" else 10 * round(value / 10)
        good, poor = catalogue.VITALS_LIMITS[name]
        found[f"{name}_rating"] = "good" if found[name] <= good else "needs-improvement" if found[name] <= poor else "poor"
    return _event(visit, at, needs.VITALS, page.path, p=found, i=False)


def _noise(dice: random.Random, day: date) -> tuple[float, Wire]:
    """What a collector refuses: robots, spam, reading time without a visit."""
    at, path = _moment(dice, day), dice.choice(PAGES).path
    kind = dice.random()
    if kind < 0.8:
        robot = {"ip": catalogue.ROBOT_ADDRESS, "user_agent": dice.choice(catalogue.ROBOTS)}
        return at, _wire(at, "pageview", path) | robot
    stranger = {"visitor": f"stranger-{at:.0f}"}
    if kind < 0.9:
        return at, _wire(at, "engagement", path) | stranger | {"e": 4000, "sd": 30}
    return at, _wire(at, "pageview", path) | stranger | {"r": catalogue.SPAM}


def _moment(dice: random.Random, day: date) -> float:
    """A random time of that day, weighted by how busy each hour is."""
    hour = dice.choices(range(24), catalogue.HOURS)[0]
    return start_of_day(day, catalogue.TIMEZONE) + hour * 3600 + dice.uniform(0, 3600)


def _event(visit: _Visit, at: float, name: str, path: str, **more: Any) -> tuple[float, Wire]:
    given = {key: value for key, value in more.items() if value not in ("", None)}
    return at, _wire(at, name, path) | {"visitor": visit.visitor} | visit.facts | given


def _wire(at: float, name: str, path: str) -> Wire:
    return {
        "n": name,
        "u": f"https://{catalogue.DOMAIN}{path}",
        "d": catalogue.DOMAIN,
        "timestamp": datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds"),
    }


def _draw(dice: random.Random, rows: Sequence[Row]) -> Row:
    return dice.choices(rows, [row.weight for row in rows])[0]
