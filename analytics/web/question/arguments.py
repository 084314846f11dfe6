"""Reads a dashboard's address: the ``Selection`` that its parameters describe."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from analytics.boards.reading import MAIN
from analytics.languages import LANGUAGES
from analytics.query.metrics import METRICS
from analytics.web.language import _
from analytics.web.question.filters import read, split
from analytics.web.question.periods import DEFAULT_PERIOD, INTERVALS, PERIODS, UNANCHORED
from analytics.web.question.selection import (
    COMPARISONS,
    DEFAULT_COMPARISON,
    DEFAULT_METRIC,
    DEFAULT_SIZE,
    DRAWN,
    OPENED,
    SIZES,
    Selection,
    clock,
    written,
)

_EARLIEST, _LATEST = date(1990, 1, 1), date(2199, 12, 31)
"""Days outside are typing mistakes, and would run over the calendar's ends when one steps from them."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d([+-]\d\d:\d\d)?", re.ASCII)

Arguments = Mapping[str, Sequence[str]]
"""Query parameters, some repeated."""


def parsed(arguments: Arguments) -> tuple[Selection, list[str]]:
    """The selection that a URL describes, and messages about parameters that could not be understood. Those are left out
    rather than refused, so that an old link still shows a dashboard."""
    problems: list[str] = []
    filters = [found for text in arguments.get("f", ()) if (found := read(text, problems))]
    sort, ascending = _order(_one(arguments, "sort"), problems)
    opened = one_of(arguments, "open", OPENED, problems)
    selection = Selection(
        dashboard=_one(arguments, "dashboard") or MAIN,
        **_time(arguments, problems),
        filters=tuple(dict.fromkeys(filters)),
        **_comparison(arguments, problems),
        metric=_metric(_one(arguments, "metric"), problems),
        interval=one_of(arguments, "interval", INTERVALS, problems),
        draw=one_of(arguments, "draw", DRAWN, problems),
        show=tuple(arguments.get("show", ())),
        panel=_one(arguments, "panel"),
        search=_one(arguments, "search").strip(),
        sort=sort,
        ascending=ascending,
        size=int(one_of(arguments, "size", list(map(str, SIZES)), problems) or DEFAULT_SIZE),
        page=_page(_one(arguments, "page"), problems),
        choices=_choices(arguments.get("choose", ()), problems),
        open=opened,
        about=_one(arguments, "about") if opened else "",
        language=one_of(arguments, "language", LANGUAGES, problems),
    )
    return selection, problems


def _time(arguments: Arguments, problems: list[str]) -> dict[str, Any]:
    """The fields of a selection that say when."""
    period = _one(arguments, "period") or DEFAULT_PERIOD
    if period not in PERIODS:
        problems.append(_("There is no period “%(period)s”.", period=period))
        period = DEFAULT_PERIOD
    if period == "hours":
        return _hours(arguments, problems)
    if period == "custom":
        first, last = _days(arguments, ("from", "to"), problems)
        return {"period": period, "first": first, "last": last}
    return {"period": period, "day": _day(_one(arguments, "date"), problems) if period not in UNANCHORED else None}


def _hours(arguments: Arguments, problems: list[str]) -> dict[str, Any]:
    start, end = (_written_moment(_one(arguments, name), problems) for name in ("from", "to"))
    if start is None or end is None:
        return {}
    if clock(start) >= clock(end):
        given = {"start": written(start), "end": written(end)}
        problems.append(_("The period from %(start)s to %(end)s ends before it begins.", **given))
        return {}
    return {"period": "hours", "start": start, "end": end}


def _comparison(arguments: Arguments, problems: list[str]) -> dict[str, Any]:
    """The fields of a selection that say what it is compared with."""
    compare = _one(arguments, "compare") or DEFAULT_COMPARISON
    weekdays = bool(one_of(arguments, "weekdays", ("match",), problems))
    if compare not in COMPARISONS:
        problems.append(_("There is no comparison “%(compare)s”.", compare=compare))
        compare = DEFAULT_COMPARISON
    if compare != "custom":
        return {"compare": compare, "weekdays": weekdays}
    first, last = _days(arguments, ("against_from", "against_to"), problems)
    if first is None or last is None:
        problems.append(_("Choose the first of the days to compare with."))
        return {"weekdays": weekdays}
    return {"compare": compare, "against_first": first, "against_last": last, "weekdays": weekdays}


def _days(arguments: Arguments, names: tuple[str, str], problems: list[str]) -> tuple[date | None, date | None]:
    """Two days in order; if only one is given, it stands for both."""
    given = [day for name in names if (day := _day(_one(arguments, name), problems))]
    return min(given, default=None), max(given, default=None)


def one_of(arguments: Arguments, name: str, known: Collection[str], problems: list[str]) -> str:
    """The value of the parameter if it is ``known``; empty if it is not given. Of another one a message is appended."""
    text = _one(arguments, name)
    if not text or text in known:
        return text
    problems.append(_unknown(f"{name}={text}", ", ".join(known)))
    return ""


def _unknown(given: str, known: str) -> str:
    return _("The address asks for “%(given)s”, which does not exist. Possible values: %(known)s.", given=given, known=known)


def _one(arguments: Arguments, name: str) -> str:
    return next(iter(arguments.get(name, ())), "")


def _metric(name: str, problems: list[str]) -> str:
    if not name or name in METRICS:
        return name or DEFAULT_METRIC
    problems.append(_("There is no metric “%(name)s”.", name=name))
    return DEFAULT_METRIC


def _day(text: str, problems: list[str]) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
        if _EARLIEST <= day <= _LATEST:
            return day
    except ValueError:
        pass
    problems.append(_("“%(day)s” is not a date; enter it as 2026-11-22.", day=text))
    return None


def _written_moment(text: str, problems: list[str]) -> datetime | None:
    try:
        if _MOMENT.fullmatch(text):
            moment = datetime.fromisoformat(text)
            if _EARLIEST <= moment.date() <= _LATEST:
                return moment
    except ValueError:
        pass
    problems.append(_("“%(moment)s” is not a date and time; enter it as 2026-11-22T09:00.", moment=text))
    return None


def _order(text: str, problems: list[str]) -> tuple[str, bool]:
    """The column to sort by, which the list itself has to know, and whether the least comes first."""
    sort, _sep, order = text.partition(",")
    if order not in ("", "asc"):
        problems.append(_unknown(f"sort={text}", f"{sort}, {sort},asc"))
    return sort, bool(sort) and order == "asc"


def _choices(texts: Sequence[str], problems: list[str]) -> tuple[tuple[str, str], ...]:
    chosen: dict[str, str] = {}
    for text in texts:
        pair = split(text)
        if len(pair) == 2 and all(pair):
            chosen[pair[0]] = pair[1]
        else:
            problems.append(_unknown(f"choose={text}", "properties,plan"))
    return tuple(chosen.items())


def _page(text: str, problems: list[str]) -> int:
    if not text or re.fullmatch(r"[1-9]\d{0,5}", text, re.ASCII):
        return int(text or 1)
    problems.append(_unknown(f"page={text}", "1–999999"))
    return 1
