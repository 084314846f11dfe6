"""What was dropped on suspicion, to be looked at by reason, group and name, and to be counted where that was wrong.

All that is chosen is in the address, so it works without JavaScript and can be linked.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct, structs

from analytics.clock import local_time
from analytics.errors import InvalidInput, NotFound
from analytics.ingest.apart import SUSPECTS, kept_from, kept_until
from analytics.ingest.steps.hostname import NAMELESS
from analytics.model import REASONS, Reason, Site
from analytics.query.apart import ASPECTS, Heap, Restored, Sample
from analytics.query.dimensions import DIMENSIONS
from analytics.robots import GROUPS, SILENT, UNNAMED
from analytics.robots import Group as RobotGroup
from analytics.store.base import Chosen
from analytics.web.accounts.access import person
from analytics.web.figures import day as day_text
from analytics.web.figures import days as days_text
from analytics.web.figures import moment, number, percent
from analytics.web.language import _, marked, ngettext, told
from analytics.web.services import current_day, services

blueprint = Blueprint("dropped", __name__)

FIELDS = ("reason", "category", "who", "path", "first", "last")
"""What the address may choose by. Without ``reason`` nothing is chosen; a name that is missing means any."""
UNGROUPED = marked("Without a group")
OTHERS = marked("Others")


class Passage(Struct, frozen=True):
    """How events like those that were dropped are let in from now on."""

    setting: str
    """The list in the site's settings that the name goes into."""
    text: str


PASSAGES: dict[Reason, Passage] = {
    Reason.BOT: Passage("allowed_robots", marked("Count %(name)s from now on")),
    Reason.HOSTNAME: Passage("hostnames", marked("Count pages of %(name)s from now on")),
    Reason.SPAM_REFERRER: Passage("trusted_referrers", marked("Never take %(name)s for spam again")),
}
"""Where a name alone decides."""
NO_NAMES = frozenset((NAMELESS, UNNAMED.name, SILENT.name, RobotGroup.OTHER, RobotGroup.DISGUISED))
"""What stands for those without a name or something in common: to let it in would be to let in anybody."""


class Line(Struct, frozen=True, kw_only=True):
    """One row of the list: a group, or somebody in it."""

    text: str
    events: str
    bars: Sequence[float]
    """For each day the share, 0 to 1, of the row's busiest."""
    address: str
    """Where it is looked at."""


class Group(Struct, frozen=True, kw_only=True):
    """A group with those in it. ``line`` is None where a reason knows no groups."""

    line: Line | None
    names: list[Line]


class Sheet(Struct, frozen=True, kw_only=True):
    """One reason."""

    reason: Reason
    sentence: str
    dropped: str
    kept: str
    groups: list[Group]


class Look(Struct, frozen=True, kw_only=True):
    """What was chosen, described."""

    title: str
    told: list[str]
    """Sentences."""
    bars: Sequence[float]
    days: list[tuple[str, str]]
    tables: list[tuple[str, list[tuple[str, str, str]]]]
    """Title -> rows of text, events, and the address of the row's own choice or nothing."""
    events: str
    span: str
    until: str
    passage: str
    """What can be let in from now on, or empty."""
    ignorable: str
    """The host that need not be looked at any more, or empty."""


class Back(Struct, frozen=True):
    """Something that was restored."""

    text: str
    rows: str
    span: str
    when: str
    at: str


@blueprint.get("/sites/<domain>/dropped")
def page(domain: str) -> ResponseReturnValue:
    """The list, and above it what the address chooses."""
    site = services().control.sites.find(domain)
    try:
        found = chosen(current_day(site), request.args)
    except InvalidInput as problem:
        return _page(site, None, {problem.field: told(problem)}), 422
    return _page(site, found, {})


@blueprint.post("/sites/<domain>/dropped/restore")
def restore(domain: str) -> ResponseReturnValue:
    """Makes what is chosen count, and lets its like in from now on if that is wished."""
    site, found = services().control.sites.find(domain), None
    try:
        found = chosen(current_day(site), request.form)
        if found is None:
            raise InvalidInput("reason", "Choose what is to be restored")
        if request.form.get("pass"):
            _let_in(site, found)
    except InvalidInput as problem:
        return _page(site, found, {problem.field: told(problem)}), 422
    rows = services().apart.restore(site, found, by=person().email)
    if rows:
        flash(
            ngettext(
                "One event counts now, in all panels, exports and answers.",
                "%(number)s events count now, in all panels, exports and answers.",
                rows,
                number=number(rows),
            )
        )
    else:
        flash(_("There was nothing (any more)."))
    return redirect(url_for("dropped.page", domain=site.domain), 303)


@blueprint.post("/sites/<domain>/dropped/ignore")
def ignore(domain: str) -> ResponseReturnValue:
    """Events of a host that is not the owner's are counted as dropped from now on, and not kept apart."""
    site = services().control.sites.find(domain)
    try:
        _enter(site, "ignored_hosts", request.form.get("who", ""))
    except InvalidInput as problem:
        return _page(site, None, {"who": told(problem)}), 422
    flash(_("The host is ignored from now on: what comes from it is counted as dropped and not kept."))
    return redirect(url_for("dropped.page", domain=site.domain), 303)


@blueprint.post("/sites/<domain>/dropped/put-back")
def put_back(domain: str) -> ResponseReturnValue:
    """Takes back what was restored."""
    site = services().control.sites.find(domain)
    rows = services().apart.put_back(site, moment_of(request.form.get("at", "")), by=person().email)
    flash(ngettext("One event is kept apart again.", "%(number)s events are kept apart again.", rows, number=number(rows)))
    return redirect(url_for("dropped.page", domain=site.domain), 303)


# --- what is chosen ----------------------------------------------------------------------------------------


def moment_of(text: str) -> datetime:
    """When something was restored, as ``Restored.at`` writes it. Raises NotFound for what is no such moment."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise NotFound("There is nothing that was restored at such a time") from None


def chosen(today: date, fields: Mapping[str, str]) -> Chosen | None:
    """What an address, form or command chooses by ``FIELDS``; None: nothing. Raises InvalidInput naming the field."""
    reason = fields.get("reason")
    if not reason:
        return None
    if reason not in set(SUSPECTS):
        raise InvalidInput("reason", "Nothing is kept apart for this reason; choose one of the list")
    first, last = _day(fields, "first", kept_from(today)), _day(fields, "last", today)
    if first > last:
        raise InvalidInput("last", "%(last)s is before %(first)s", last=last, first=first)
    category, who, path = (fields.get(name) for name in ("category", "who", "path"))
    return Chosen(reason=reason, category=category, who=who, path=path or None, first=first, last=last)


def _day(fields: Mapping[str, str], name: str, usual: date) -> date:
    text = fields.get(name, "").strip()
    try:
        return date.fromisoformat(text) if text else usual
    except ValueError:
        raise InvalidInput(name, "“%(text)s” is not a day; write it as %(usual)s", text=text[:40], usual=usual) from None


def _passage(site: Site, chosen: Chosen) -> tuple[Passage, str] | None:
    """How what was chosen can be let in, and the name that does it; None: it cannot, or is already."""
    passage = PASSAGES.get(Reason(chosen.reason))
    name = chosen.who or chosen.category
    if passage is None or not name or name in NO_NAMES or name in getattr(site.settings, passage.setting):
        return None
    return passage, name


def _ignorable(site: Site, chosen: Chosen) -> str:
    """The host that need not be looked at any more, or empty."""
    host = chosen.who if chosen.reason == Reason.HOSTNAME else None
    decided = {NAMELESS, *site.settings.hostnames, *site.settings.ignored_hosts}
    return host if host and host not in decided else ""


def _let_in(site: Site, chosen: Chosen) -> None:
    found = _passage(site, chosen)
    if found:
        passage, name = found
        _enter(site, passage.setting, name)


def _enter(site: Site, setting: str, name: str) -> None:
    """Puts a name into one of the site's lists. Raises InvalidInput naming the list."""
    settings = structs.replace(site.settings, **{setting: (*getattr(site.settings, setting), name)})
    services().control.sites.change(structs.replace(site, settings=settings), by=person().email)


def _typed() -> dict[str, str]:
    """What the address or form says, as it was sent."""
    return {name: request.values[name] for name in FIELDS if name in request.values}


def _address(site: Site, chosen: Mapping[str, str | None]) -> str:
    """The page with this choice."""
    named: dict[str, Any] = {name: value for name, value in chosen.items() if value is not None}
    return url_for("dropped.page", domain=site.domain, **named)


# --- what is shown -----------------------------------------------------------------------------------------


def _page(site: Site, chosen: Chosen | None, problems: Mapping[str, str]) -> str:
    heaps = services().apart.heaps(site)
    first, last = kept_from(current_day(site)), current_day(site)
    return render_template(
        "admin/dropped.html",
        site=site,
        typed=_typed(),
        problems=problems,
        look=_look(site, chosen) if chosen else None,
        sheets=_sheets(site, heaps, first, last),
        window=days_text(first, last),
        restored=[_back(site, each) for each in services().apart.restored(site)],
    )


def _sheets(site: Site, heaps: Sequence[Heap], first: date, last: date) -> list[Sheet]:
    dropped: Counter[str] = Counter()
    for day in services().answers.ledger(site, first, last):
        dropped.update(day.dropped)
    ignored = {(Reason.HOSTNAME.value, host) for host in site.settings.ignored_hosts}
    heaps = [heap for heap in heaps if (heap.reason, heap.who) not in ignored]
    kept = {reason: [heap for heap in heaps if heap.reason == reason] for reason in SUSPECTS}
    return [
        Sheet(
            reason=reason,
            sentence=_(REASONS[reason]),
            dropped=number(dropped[reason]),
            kept=number(sum(heap.events for heap in found)),
            groups=_groups(site, reason, found, (first, last)),
        )
        for reason, found in kept.items()
        if found or dropped[reason]
    ]


def _groups(site: Site, reason: Reason, heaps: Sequence[Heap], span: tuple[date, date]) -> list[Group]:
    """By events, those with the most first."""
    by_category: dict[str, list[Heap]] = {}
    for heap in heaps:
        by_category.setdefault(heap.category, []).append(heap)
    grouped = len(by_category) > 1 or "" not in by_category
    return [
        Group(
            line=_line(site, _(category or UNGROUPED), _together(found), span, reason=reason, category=category)
            if grouped
            else None,
            names=[
                _line(
                    site,
                    _(OTHERS) if heap.who is None else _(heap.who),
                    heap.days,
                    span,
                    reason=reason,
                    category=category,
                    who=heap.who,
                )
                for heap in sorted(found, key=lambda heap: (heap.who is None, -heap.events, heap.who))
            ],
        )
        for category, found in sorted(by_category.items(), key=lambda item: -sum(heap.events for heap in item[1]))
    ]


def _together(heaps: Iterable[Heap]) -> Counter[date]:
    days: Counter[date] = Counter()
    for heap in heaps:
        days.update(heap.days)
    return days


def _line(site: Site, text: str, days: Mapping[date, int], span: tuple[date, date], **chosen: str | None) -> Line:
    """``chosen``: fields of the address."""
    return Line(text=text, events=number(sum(days.values())), bars=_bars(days, *span), address=_address(site, chosen))


def _bars(days: Mapping[date, int], first: date, last: date) -> list[float]:
    most = max(days.values(), default=1)
    return [days.get(first + timedelta(days=number), 0) / most for number in range((last - first).days + 1)]


def _look(site: Site, chosen: Chosen) -> Look:
    sample = services().apart.sample(site, chosen)
    days = sorted(sample.days)
    passage = _passage(site, chosen)
    return Look(
        title=_title(chosen),
        told=[*_about(chosen), *_told(sample)],
        bars=_bars(sample.days, chosen.first, chosen.last),
        days=[(day_text(day), number(sample.days[day])) for day in reversed(days)],
        tables=[
            (
                _(DIMENSIONS[known].label),
                [(row.text, number(row.events), _narrowed(site, row.path)) for row in sample.values[name]],
            )
            for name, known in ASPECTS.items()
        ],
        events=number(sample.events),
        span=days_text(days[0], days[-1]) if days else days_text(chosen.first, chosen.last),
        until=day_text(kept_until(days[0])) if days else "",
        passage=_(passage[0].text, name=passage[1]) if passage else "",
        ignorable=_ignorable(site, chosen),
    )


def _title(chosen: Chosen) -> str:
    named = [chosen.path, *(_(part) for part in (chosen.who, chosen.category) if part)]
    return " · ".join(filter(None, named)) or _(REASONS[Reason(chosen.reason)])


def _narrowed(site: Site, path: str) -> str:
    """The same of one page; empty when it is that already."""
    return _address(site, {**_typed(), "path": path}) if path and not request.values.get("path") else ""


def _about(chosen: Chosen) -> list[str]:
    """What the robots of a group are for."""
    return [f"{_(sentence)}." for group, sentence in GROUPS.items() if group == chosen.category]


def _told(sample: Sample) -> list[str]:
    """What helps to decide, in sentences: robots come once, at the same time, from one place, with one browser."""
    if not sample.events:
        return [_("Nothing (any more) is kept apart that is meant by this.")]
    busiest = max(sample.days, key=lambda day: sample.days[day])
    sentences = [
        _(
            "%(events)s in %(visits)s of %(visitors)s.",
            events=ngettext("One event", "%(number)s events", sample.events, number=number(sample.events)),
            visits=ngettext("one visit", "%(number)s visits", sample.visits, number=number(sample.visits)),
            visitors=ngettext("one visitor", "%(number)s visitors", sample.visitors, number=number(sample.visitors)),
        ),
        _("%(share)s of the visits are a single event.", share=percent(100 * sample.single / sample.visits)),
    ]
    if len(sample.days) > 1:
        sentences.append(_("Most came on %(day)s: %(number)s.", day=day_text(busiest), number=number(sample.days[busiest])))
    leading = ", ".join(_leading(sample, name) for name in ASPECTS)
    return [*sentences, _("The largest share each: %(list)s.", list=leading)]


def _leading(sample: Sample, name: str) -> str:
    first = sample.values[name][0]
    share = percent(100 * first.events / sample.events)
    return _("%(what)s %(value)s (%(share)s)", what=_(DIMENSIONS[ASPECTS[name]].label), value=first.text, share=share)


def _back(site: Site, restored: Restored) -> Back:
    named = [_(part) for part in (restored.who, restored.category) if part]
    at = local_time(restored.at.replace(tzinfo=UTC).timestamp(), site.timezone)
    return Back(
        text=" · ".join(named) or _(REASONS[Reason(restored.reason)]),
        rows=number(restored.rows),
        span=days_text(restored.first, restored.last),
        when=moment(at),
        at=restored.at.isoformat(),
    )
