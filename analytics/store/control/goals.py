"""A site's goals: what the owner wants visitors to do."""

import re
from typing import Any

import msgspec
from msgspec import structs

from analytics.checks import Checks
from analytics.errors import InvalidInput, NotFound
from analytics.model import ENGAGEMENT
from analytics.paths import by_rules
from analytics.site import Goal, Site, SiteSettings
from analytics.store.control.audit import COMMAND_LINE, Audit
from analytics.store.control.database import Database
from analytics.store.control.lookup import by_id
from analytics.store.control.sites import require_site
from analytics.store.control.texts import checked_path, plain_text

_MOST_GOALS = 500
_MOST_PROPS = 10
_LONGEST_NAME = 120
"""Characters: as many as the name of an event may have."""
_ADD = (
    "INSERT INTO goals (site, name, kind, event_name, page_path, scroll_threshold, currency, props) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_CHANGE = (
    "UPDATE goals SET name = ?, kind = ?, event_name = ?, page_path = ?, scroll_threshold = ?, currency = ?, props = ? "
    "WHERE id = ?"
)
_COLUMNS = "id, name, kind, event_name, page_path, scroll_threshold, currency, props"
_DEFINITION = ("kind", "event_name", "page_path", "scroll_threshold", "currency", "props")
"""What makes two goals the same, whatever they are called."""


class Goals:
    """The goals of all sites. Safe to use from several threads."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database, self._audit = database, audit

    def all(self, site: Site) -> list[Goal]:
        """The site's goals, by id."""
        rows = self._database.execute(f"SELECT {_COLUMNS} FROM goals WHERE site = ? ORDER BY id", (site.id,))  # noqa: S608
        return [_goal(row) for row in rows]

    def find(self, site: Site, goal_id: int) -> Goal:
        """The goal with this id. Raises NotFound."""
        return by_id(self.all(site), goal_id, NotFound("This goal does not exist; it may have been removed"))

    def add(self, site: Site, goal: Goal, *, by: str = COMMAND_LINE) -> Goal:
        """Saves ``goal`` as a new one, ignoring its ``id``, and returns it as saved; an empty ``name`` is replaced by one
        that describes it. If the site already has a goal with the same definition, under whatever name, that goal is
        returned and nothing changes.

        Raises InvalidInput naming the field, which is ``name`` if another goal has that name; NotFound if the site does not
        exist.
        """
        with self._database.transaction():
            require_site(self._database, site)
            wanted, there = self.checked(site, structs.replace(goal, id=0)), self.all(site)
            for each in there:
                if _definition(each) == _definition(wanted):
                    return each
            if len(there) >= _MOST_GOALS:
                raise InvalidInput("name", "A site can have at most %(most)s goals; remove one first", most=_MOST_GOALS)
            self._database.execute(_ADD, (site.id, wanted.name, *_definition(wanted)[:-1], _encoded(wanted.props)))
            self._audit.note(by, "goal added", f"{site.domain}: {wanted.name}")
            return self.all(site)[-1]

    def change(self, site: Site, goal: Goal, *, by: str = COMMAND_LINE) -> Goal:
        """Replaces the goal with the same id and returns the new one as saved; an empty ``name`` is replaced by one that
        describes it.

        Raises InvalidInput naming the field, NotFound.
        """
        with self._database.transaction():
            wanted = self.checked(site, goal)
            row = (wanted.name, *_definition(wanted)[:-1], _encoded(wanted.props), self.find(site, wanted.id).id)
            self._database.execute(_CHANGE, row)
            self._audit.note(by, "goal changed", f"{site.domain}: {wanted.name}")
            return wanted

    def checked(self, site: Site, goal: Goal) -> Goal:
        """The goal as ``add``, for an ``id`` of 0, or ``change`` would save it. Raises InvalidInput naming every wrong
        field."""
        others = [each for each in self.all(site) if each.id != goal.id]
        with Checks() as check:
            wanted = check(checked, goal, site.settings, instead=goal)
            if goal.id or all(_definition(each) != _definition(wanted) for each in others):
                _refuse_double(others, wanted)
        return wanted

    def remove(self, site: Site, goal_id: int, *, by: str = COMMAND_LINE) -> None:
        """Removes a goal; no event is lost. Raises NotFound."""
        with self._database.transaction():
            gone = self.find(site, goal_id)
            self._database.execute("DELETE FROM goals WHERE id = ?", (goal_id,))
            self._audit.note(by, "goal removed", f"{site.domain}: {gone.name}")


def checked(goal: Goal, settings: SiteSettings) -> Goal:
    """The goal in canonical form, its path spelt by the site's rules, and with a name. Raises InvalidInput naming every
    wrong field."""
    with Checks() as check:
        for field in _BELONGS_TO:
            check(_check_kind, goal, field)
        check(_check_depth, goal)
        found = structs.replace(
            goal,
            event_name=check(_event_name, goal.event_name, instead="") if goal.kind == "event" else "",
            page_path=check(_page_path, goal.page_path, settings, instead="") if goal.kind != "event" else "",
            currency=check(_currency, goal.currency, instead=""),
            props=check(_props, goal.props, instead={}),
        )
        name = _name("name", goal.name.strip() or _own_name(found))
    return structs.replace(found, name=name)


def _check_kind(goal: Goal, field: str) -> None:
    """Refuses a field that belongs to another kind of goal, instead of ignoring it silently."""
    kinds = _BELONGS_TO[field]
    if getattr(goal, field) != _UNSET[field] and goal.kind not in kinds:
        raise InvalidInput(
            field,
            "This field applies to goals of the kind %(kinds)s, not %(kind)s",
            kinds=" or ".join(kinds),
            kind=goal.kind,
        )


def _check_depth(goal: Goal) -> None:
    if goal.kind == "scroll" and not 0 <= goal.scroll_threshold <= 100:
        raise InvalidInput("scroll_threshold", "Enter how far down the page, as a percentage: a whole number from 0 to 100")


_BELONGS_TO = {
    "event_name": ("event",),
    "page_path": ("page", "scroll"),
    "scroll_threshold": ("scroll",),
    "currency": ("event",),
    "props": ("event", "page"),
}
_UNSET: dict[str, Any] = {"event_name": "", "page_path": "", "scroll_threshold": -1, "currency": "", "props": {}}


def _name(field: str, text: str) -> str:
    if len(text) > _LONGEST_NAME:
        raise InvalidInput(field, "Enter at most %(longest)s characters", longest=_LONGEST_NAME)
    return plain_text(field, text)


def _event_name(text: str) -> str:
    if not text.strip() or text == ENGAGEMENT:
        raise InvalidInput("event_name", "Enter the event's name as your pages send it, such as Signup")
    return _name("event_name", text.strip())


def _page_path(text: str, settings: SiteSettings) -> str:
    return by_rules(checked_path("page_path", text), settings)


def _currency(text: str) -> str:
    if text and not re.fullmatch(r"[A-Z]{3}", text.upper()):
        raise InvalidInput("currency", "Enter a three-letter ISO 4217 code, such as EUR")
    return text.upper()


def _props(given: dict[str, str]) -> dict[str, str]:
    if len(given) > _MOST_PROPS:
        raise InvalidInput("props", "At most %(most)s properties", most=_MOST_PROPS)
    for name, value in given.items():
        if not name.strip() or not value:
            raise InvalidInput("props", 'Each property needs a name and a value, such as {"method": "HTTP"}')
    return {plain_text("props", name): plain_text("props", given[name]) for name in sorted(given)}


def _own_name(goal: Goal) -> str:
    """The default name of a goal. It is Plausible's, so that clients made for Plausible find the goal."""
    names = {
        "event": goal.event_name,
        "page": f"Visit {goal.page_path}",
        "scroll": f"Scroll to {goal.scroll_threshold}% on {goal.page_path}",
    }
    return names[goal.kind][:_LONGEST_NAME]


def _definition(goal: Goal) -> tuple[Any, ...]:
    return tuple(getattr(goal, field) for field in _DEFINITION)


def _refuse_double(others: list[Goal], wanted: Goal) -> None:
    for each in others:
        if _definition(each) == _definition(wanted):
            raise InvalidInput("name", "The goal “%(name)s” already measures the same thing", name=each.name)
        if each.name == wanted.name:
            raise InvalidInput("name", "Another goal is already called “%(name)s”", name=wanted.name)


def _goal(row: tuple[Any, ...]) -> Goal:
    named = dict(zip(_COLUMNS.split(", "), row, strict=True))
    return Goal(**{**named, "props": msgspec.json.decode(named["props"], type=dict[str, str])})


def _encoded(props: dict[str, str]) -> str:
    return msgspec.json.encode(props).decode()
