"""Events dropped on suspicion, in words and numbers: a sheet for each reason, and the details of a selection."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, timedelta

from flask import request
from msgspec import Struct

from analytics.clock import local_time
from analytics.ingest.apart import SUSPECTS, kept_until
from analytics.model import REASONS, Reason
from analytics.query.apart import ASPECTS, Heap, Restored, Sample
from analytics.query.dimensions import DIMENSIONS
from analytics.robots import GROUPS
from analytics.site import Site
from analytics.store.base import Chosen
from analytics.web.figures import day as day_text
from analytics.web.figures import days as days_text
from analytics.web.figures import moment, number, percent
from analytics.web.language import _, marked, ngettext
from analytics.web.services import services
from analytics.web.setup.allow_lists import allow_list, ignorable
from analytics.web.setup.dropped_choice import address, typed

UNGROUPED = marked("No group")
OTHERS = marked("Others")


class Line(Struct, frozen=True, kw_only=True):
    """One row of the list: a group, or one robot or host in it."""

    text: str
    events: str
    bars: Sequence[float]
    """For each day the share, 0 to 1, of the row's busiest."""
    address: str
    """Where it is looked at."""


class Group(Struct, frozen=True, kw_only=True):
    """A group and its members. ``line`` is None if the reason has no groups."""

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
    """The details of a selection."""

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
    allow: str
    """Who can be let in from now on, or empty."""
    ignorable: str
    """The host that need not be looked at any more, or empty."""


class Back(Struct, frozen=True):
    """A restore that can be undone."""

    text: str
    rows: str
    span: str
    when: str
    at: str


def sheets(site: Site, heaps: Sequence[Heap], first: date, last: date) -> list[Sheet]:
    """A sheet for each suspicion that has dropped events in this time; ``heaps`` are the events kept."""
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
    """The groups, those with the most events first."""
    by_category: dict[str, list[Heap]] = {}
    for heap in heaps:
        by_category.setdefault(heap.category, []).append(heap)
    grouped = len(by_category) > 1 or "" not in by_category
    most_first = sorted(by_category.items(), key=lambda item: -sum(heap.events for heap in item[1]))
    return [_group(site, reason, category, found, span, grouped=grouped) for category, found in most_first]


def _group(
    site: Site, reason: Reason, category: str, heaps: Sequence[Heap], span: tuple[date, date], *, grouped: bool
) -> Group:
    def line(text: str, days: Mapping[date, int], **chosen: str | None) -> Line:
        where = address(site, {"reason": reason, "category": category, **chosen})
        return Line(text=text, events=number(sum(days.values())), bars=_bars(days, *span), address=where)

    named = sorted(heaps, key=lambda heap: (heap.who is None, -heap.events, heap.who))
    return Group(
        line=line(_(category or UNGROUPED), _together(heaps)) if grouped else None,
        names=[line(_(OTHERS) if heap.who is None else _(heap.who), heap.days, who=heap.who) for heap in named],
    )


def _together(heaps: Iterable[Heap]) -> Counter[date]:
    days: Counter[date] = Counter()
    for heap in heaps:
        days.update(heap.days)
    return days


def _bars(days: Mapping[date, int], first: date, last: date) -> list[float]:
    most = max(days.values(), default=1)
    return [days.get(first + timedelta(days=number), 0) / most for number in range((last - first).days + 1)]


def look(site: Site, chosen: Chosen) -> Look:
    """The details of a selection, and what can be done about it."""
    sample = services().apart.sample(site, chosen)
    days = sorted(sample.days)
    listed = allow_list(site, chosen)
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
        allow=_(listed[0].text, name=listed[1]) if listed else "",
        ignorable=ignorable(site, chosen),
    )


def _title(chosen: Chosen) -> str:
    named = [chosen.path, *(_(part) for part in (chosen.who, chosen.category) if part)]
    return " · ".join(filter(None, named)) or _(REASONS[Reason(chosen.reason)])


def _narrowed(site: Site, path: str) -> str:
    """The selection limited to one page; empty if it is limited to that already."""
    return address(site, {**typed(), "path": path}) if path and not request.values.get("path") else ""


def _about(chosen: Chosen) -> list[str]:
    """What the robots of a group are for."""
    return [f"{_(sentence)}." for group, sentence in GROUPS.items() if group == chosen.category]


def _told(sample: Sample) -> list[str]:
    """Sentences that help to decide: robots come once, at the same time, from one place, with one browser."""
    if not sample.events:
        return [_("No events set aside match this choice; they may have expired.")]
    busiest = max(sample.days, key=lambda day: sample.days[day])
    sentences = [
        _(
            "%(events)s in %(visits)s of %(visitors)s.",
            events=ngettext("One event", "%(number)s events", sample.events, number=number(sample.events)),
            visits=ngettext("one visit", "%(number)s visits", sample.visits, number=number(sample.visits)),
            visitors=ngettext("one visitor", "%(number)s visitors", sample.visitors, number=number(sample.visitors)),
        ),
        _("%(share)s of the visits have only one event.", share=percent(100 * sample.single / sample.visits)),
    ]
    if len(sample.days) > 1:
        sentences.append(_("Busiest day: %(day)s (%(number)s).", day=day_text(busiest), number=number(sample.days[busiest])))
    leading = ", ".join(_leading(sample, name) for name in ASPECTS)
    return [*sentences, _("Most frequent: %(list)s.", list=leading)]


def _leading(sample: Sample, name: str) -> str:
    first = sample.values[name][0]
    share = percent(100 * first.events / sample.events)
    return _("%(what)s %(value)s (%(share)s)", what=_(DIMENSIONS[ASPECTS[name]].label), value=first.text, share=share)


def back(site: Site, restored: Restored) -> Back:
    """One line about a restore that can be undone."""
    named = [_(part) for part in (restored.who, restored.category) if part]
    at = local_time(restored.at.replace(tzinfo=UTC).timestamp(), site.timezone)
    return Back(
        text=" · ".join(named) or _(REASONS[Reason(restored.reason)]),
        rows=number(restored.rows),
        span=days_text(restored.first, restored.last),
        when=moment(at),
        at=restored.at.isoformat(),
    )
