"""The form of a shared link: what it offers, what was typed, and the link that results."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
from werkzeug.datastructures import MultiDict

from analytics.boards.reading import Dashboard
from analytics.checks import Checks
from analytics.errors import InvalidInput, QueryError
from analytics.panels import Panel
from analytics.site import Segment, SharedLink, Site
from analytics.store.control.passwords import SHORTEST
from analytics.web.dashboards.asking import shelf
from analytics.web.language import _, marked
from analytics.web.question import filters as filtering
from analytics.web.question.filters import SEGMENT, Filter
from analytics.web.services import current_day, services
from analytics.web.setup.typed import day as typed_day
from analytics.web.sharing.shared_links import viewer_of

KINDS = {
    "unlisted": (
        marked("Anyone with the link"),
        marked("The address is random and cannot be guessed; search engines do not list it."),
    ),
    "password": (
        marked("Anyone with the link and a password"),
        marked("The password is asked for again after a few hours."),
    ),
    "public": (marked("Everyone"), marked("A public address that anyone can guess and search engines can find.")),
}
"""Who can see a link: in words, and what is to be said of it."""


def read(site: Site, number: int, form: MultiDict[str, str]) -> SharedLink:
    """The link with this id as the form describes it. Raises InvalidInput naming every wrong field."""
    with Checks() as check:
        wanted = SharedLink(
            id=number,
            name=form.get("name", ""),
            kind=check(_kind, form.get("kind", ""), instead="unlisted"),
            sections=tuple(form.get("sections", "").splitlines()),
            filters=check(_questions, form.getlist("filters"), instead=[]),
            dashboard=check(_dashboard, site, form.get("dashboard", "main"), instead="main"),
            panels=tuple(form.getlist("panels")),
            first=check(typed_day, form, "first"),
            last=check(typed_day, form, "last"),
            days=check(_number, form, "days", instead=0),
            expires=check(_expiry, site, number, form),
            exports="exports" in form,
            hosts=tuple(form.get("hosts", "").splitlines()),
            counter="counter" in form,
        )
        check(_check_panels, site, wanted)
        check(check_limits, site, wanted)
        check(services().control.shared_links.checked, site, wanted, form.get("password", ""))
    return wanted


def check_limits(site: Site, link: SharedLink) -> None:
    """Runs a small query with the link's limits, so that what is saved is valid. Raises InvalidInput naming ``filters``."""
    viewer = viewer_of(link, date.max)
    try:
        services().answers.answer(site, {"metrics": ["visitors"], "date_range": "day", "filters": [*viewer.filters]})
    except QueryError as problem:
        raise problem.at("filters") from None


def _check_panels(site: Site, link: SharedLink) -> None:
    there = {panel.name for each in shelf(site) if each.name == link.dashboard for panel in each.panels}
    strangers = [name for name in link.panels if name not in there]
    if strangers:
        raise InvalidInput("panels", _("The panel “%(name)s” is not on the shared dashboard", name=strangers[0]))


def _kind(text: str) -> Any:
    if text not in KINDS:
        raise InvalidInput("kind", _("Choose who can see it"))
    return text


def _dashboard(site: Site, name: str) -> str:
    if all(name != each.name for each in shelf(site)):
        raise InvalidInput("dashboard", _("There is no dashboard “%(name)s”.", name=name))
    return name


def _questions(texts: Sequence[str]) -> list[Any]:
    return [_question(text) for text in texts]


def _question(text: str) -> Any:
    """A filter of the form in the query language; what an address cannot express is in the form as JSON."""
    if text.startswith("["):
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError:
            raise InvalidInput("filters", _("“%(filter)s” is not a valid filter.", filter=text)) from None
    problems: list[str] = []
    found = filtering.read(text, problems)
    if found is None:
        raise InvalidInput("filters", problems[0])
    return found.question


def _expiry(site: Site, number: int, form: MultiDict[str, str]) -> date | None:
    """The last day on which the link works. One that is over must not be chosen; a link that has expired may keep it."""
    day = typed_day(form, "expires")
    kept = services().control.shared_links.require(site, number).expires if number else None
    if day and day != kept and day < current_day(site):
        raise InvalidInput("expires", _("This day is over; choose today or a later day, or revoke the link"))
    return day


def _number(form: MultiDict[str, str], name: str) -> int:
    text = form.get(name, "").strip()
    if text and not (text.isascii() and text.isdigit() and len(text) < 6):
        raise InvalidInput(name, _("Enter a whole number of days, such as 30"))
    return int(text or 0)


def typed(form: MultiDict[str, str]) -> dict[str, Any]:
    """What was typed, to be shown again, without the password."""
    several = {name: form.getlist(name) for name in ("filters", "panels")}
    return {**form.to_dict(), **several, "password": ""}


def brought(form: MultiDict[str, str]) -> list[str]:
    """The filters passed on from a dashboard."""
    return [text for text in form.getlist("brought") if filtering.read(text, [])]


def as_form(link: SharedLink) -> dict[str, Any]:
    """The form's content for a link."""
    return {
        "name": link.name,
        "kind": link.kind,
        "sections": "\n".join(link.sections),
        "filters": [written(each) for each in link.filters],
        "dashboard": link.dashboard,
        "panels": list(link.panels),
        "first": link.first.isoformat() if link.first else "",
        "last": link.last.isoformat() if link.last else "",
        "days": str(link.days or ""),
        "expires": link.expires.isoformat() if link.expires else "",
        "exports": "yes" if link.exports else "",
        "hosts": "\n".join(link.hosts),
        "counter": "yes" if link.counter else "",
    }


def written(question: Any) -> str:
    """A filter as the form writes it."""
    found = filtering.of_question(question)
    return found.text if found else msgspec.json.encode(question).decode()


def offered(site: Site, wanted: Sequence[str], segments: Sequence[Segment]) -> dict[str, Any]:
    """What the form offers; ``wanted`` are filters already set, or passed on from a dashboard."""
    saved = [Filter("is", SEGMENT, (str(each.id),)).text for each in segments]
    boards = [each for each in shelf(site) if each.panels]
    return {
        "kinds": [(kind, _(label), _(hint)) for kind, (label, hint) in KINDS.items()],
        "filters": [(text, said(text, segments), "") for text in dict.fromkeys((*wanted, *saved))],
        "boards": [(each.name, each.title, "") for each in boards],
        "panels": [(panel.name, _(panel.title), "") for panel in _shareable(boards)],
        "shortest": SHORTEST,
    }


def _shareable(boards: Sequence[Dashboard]) -> list[Panel]:
    """The panels that can be shared, each name once."""
    return list({panel.name: panel for each in boards for panel in each.panels if panel.form != "ledger"}.values())


def said(text: str, segments: Sequence[Segment]) -> str:
    """A filter of the form in words."""
    found = None if text.startswith("[") else filtering.read(text, [])
    return found.said(segments) if found else text
