"""Dashboards as the editor reads and writes them: the owner's files, and the built-in ones."""

import re
import tomllib
import unicodedata
from collections.abc import Collection

from msgspec import Struct

from analytics.boards import edits
from analytics.boards.owned import OwnDashboards, digest
from analytics.boards.reading import LARGEST, Dashboard, dashboards, parsed
from analytics.boards.writing import Document, commented, written
from analytics.errors import InvalidInput, NotFound
from analytics.panels import Panel
from analytics.resources import folder
from analytics.site import Site
from analytics.web.accounts.access import person
from analytics.web.language import _
from analytics.web.services import services


class Opened(Struct, frozen=True):
    """A dashboard's file, as a page shows it."""

    name: str
    text: str
    """What the file says; of a built-in one, what that says."""
    seen: str
    """Stands for this state of the owner's file; empty: there is none."""
    dashboard: Dashboard
    document: Document | None
    """None: the file cannot be used, and only its text can be changed."""
    base: Dashboard | None
    """The built-in dashboard that the file extends."""
    built_in: Dashboard | None
    """The built-in dashboard of this name."""

    @property
    def names(self) -> list[str]:
        """Its panels' names, in order."""
        return [panel.name for panel in self.dashboard.panels]

    @property
    def loses(self) -> bool:
        """Whether the file has comments, which a change in the editor would lose."""
        return bool(self.seen) and commented(self.text)


def own() -> OwnDashboards:
    """The owner's files."""
    return OwnDashboards(services().config.data / "dashboards")


def built_in() -> dict[str, Dashboard]:
    """The built-in dashboards, by name."""
    return {each.name: each for each in dashboards(folder("dashboards"))}


def catalogue() -> dict[str, Panel]:
    """Every built-in panel."""
    return {panel.name: panel for each in built_in().values() for panel in each.panels}


def every() -> list[Dashboard]:
    """All dashboards, of all sites."""
    return dashboards(folder("dashboards"), services().config.data / "dashboards")


def asked(domain: str, name: str) -> tuple[Site, Opened]:
    """The site and its dashboard of this name. Raises NotFound if either does not exist."""
    site = services().control.sites.find(domain)
    try:
        stored = own().text(name)
    except InvalidInput:
        raise NotFound(_("There is no dashboard “%(name)s”.", name=name)) from None
    if stored is None and name not in built_in():
        raise NotFound(_("There is no dashboard “%(name)s”.", name=name))
    return site, opened(name, stored)


def opened(name: str, stored: bytes | None) -> Opened:
    """The dashboard with the owner's file. ``stored`` is None if there is no such file and the dashboard is built in."""
    known = built_in()
    if stored is None:
        shipped = known[name]
        text = (folder("dashboards") / f"{name}.toml").read_text(encoding="utf-8")
        return Opened(name, text, "", shipped, edits.begun(shipped), shipped, shipped)
    dashboard = parsed(name, stored, tuple(known.values()))
    document = None if dashboard.broken else tomllib.loads(stored.decode())
    base = known.get(document.get("extends", "")) if document else None
    text = stored.decode(errors="replace")
    return Opened(name, text, digest(stored), dashboard, document, base, known.get(name))


def check(name: str, text: str) -> None:
    """Raises InvalidInput for ``text`` if it is not a valid dashboard."""
    if len(text.encode()) > LARGEST:
        raise InvalidInput("text", _("The file can be at most %(size)s kB", size=LARGEST // 1024))
    problems = parsed(name, text.encode(), tuple(built_in().values())).problems
    if problems:
        raise InvalidInput("text", "\n".join(map(str, problems)))


def note(what: str, subject: str) -> None:
    """Adds an action of the signed-in person to the audit log."""
    services().control.audit.note(person().email, what, subject)


def put_new(document: Document, title: str) -> str:
    """Creates a file under a new name; returns the name."""
    name = named(title, {each.name for each in every()})
    own().put(name, written(document), "")
    note("dashboard added", name)
    return name


def named(title: str, taken: Collection[str]) -> str:
    """A name for addresses, derived from a title, that is not in ``taken``."""
    plain = unicodedata.normalize("NFKD", title.casefold()).encode("ascii", "ignore").decode()
    name = "-".join(re.findall(r"[a-z0-9]+", plain))[:50].strip("-") or "panel"
    numbers = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    return next(each for each in (name, *numbers) if each not in taken)


def save(opened: Opened, document: Document, what: str, seen: str, *, keep: bool = False) -> None:
    """Writes the file, or removes it if it does not differ from the built-in dashboard. ``seen`` is the digest of the
    content that the change was made for; with ``keep`` it can be undone. Raises ChangedMeanwhile."""
    if opened.built_in and document == edits.begun(opened.built_in):
        own().remove(opened.name, seen)
    else:
        own().put(opened.name, written(document), seen, keep=keep)
    note("dashboard changed", f"{opened.name}: {what}")
