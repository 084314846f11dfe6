"""What the reader has chosen, as an address and back."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from analytics.query.dimensions import GOAL
from analytics.web.question.arguments import parsed
from analytics.web.question.filters import SEGMENT, Filter, of_question, operations_of, split
from analytics.web.question.periods import INTERVALS, PAST, intervals
from analytics.web.question.selection import COMPARISONS, DRAWN, OPENED, SIZES, Selection

TODAY = date(2026, 11, 22)
"""A Sunday."""
DAYS = st.dates(date(1990, 1, 1), date(2199, 12, 31))
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2199, 12, 31)).map(lambda moment: moment.replace(second=0, microsecond=0))
SPANS = st.lists(DAYS, min_size=2, max_size=2).map(sorted)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
DIMENSIONS = ["event:page", "event:section:2", "visit:source", "visit:entry_page", "event:props:author", GOAL]
NUMBERS = st.integers(0, 10**9).map(str)
FILTERS = st.sampled_from([*DIMENSIONS, SEGMENT]).flatmap(
    lambda dimension: st.builds(
        Filter,
        operation=st.sampled_from(operations_of(dimension)),
        dimension=st.just(dimension),
        values=st.lists(NUMBERS if dimension == SEGMENT else TEXTS, min_size=1, max_size=3).map(tuple),
    )
)
LISTS = st.builds(
    dict,
    panel=st.just("pages"),
    search=TEXTS.map(str.strip),
    sort=st.just("pageviews"),
    ascending=st.booleans(),
    size=st.sampled_from(SIZES),
    page=st.integers(1, 900),
)
OPEN = st.builds(dict, open=st.sampled_from(OPENED), about=TEXTS)
TIMES = st.one_of(
    st.fixed_dictionaries({"period": st.sampled_from(["24h", "all", "1d", "1mo"])}),
    st.fixed_dictionaries({"period": st.sampled_from(list(PAST)), "day": st.none() | DAYS}),
    SPANS.map(lambda days: {"period": "custom", "first": days[0], "last": days[1]}),
    st.lists(MOMENTS, min_size=2, max_size=2, unique=True).map(
        lambda moments: {"period": "hours", "start": min(moments), "end": max(moments)}
    ),
)
"""Every way to say when."""
COMPARED = st.one_of(
    st.fixed_dictionaries({"compare": st.sampled_from([each for each in COMPARISONS if each != "custom"])}),
    SPANS.map(lambda days: {"compare": "custom", "against_first": days[0], "against_last": days[1]}),
)
SELECTIONS = st.builds(
    lambda times, compared, alone, over, **others: Selection(**times, **compared, **alone, **over, **others),
    times=TIMES,
    compared=COMPARED,
    alone=st.just({}) | LISTS,
    over=st.just({}) | OPEN,
    dashboard=st.sampled_from(["main", "marketing"]),
    filters=st.lists(FILTERS, unique=True, max_size=3).map(tuple),
    weekdays=st.booleans(),
    metric=st.sampled_from(["visitors", "bounce_rate"]),
    interval=st.sampled_from(["", *INTERVALS]),
    draw=st.sampled_from(["", *DRAWN]),
    show=st.lists(st.sampled_from(["exit-pages", "channels"]), unique=True).map(tuple),
    choices=st.dictionaries(st.sampled_from(["properties", "revenue"]), TEXTS, max_size=2).map(lambda found: tuple(found.items())),
)


def arguments(selection: Selection) -> dict[str, list[str]]:
    """As a server reads them."""
    found: dict[str, list[str]] = {}
    for name, value in selection.parameters():
        found.setdefault(name, []).append(value)
    return found


@given(SELECTIONS)
def test_an_address_says_all_of_the_state(selection: Selection) -> None:
    """D35: what is read from a selection's own address is that selection, with nothing to complain about."""
    assert parsed(arguments(selection)) == (selection, [])


@given(st.lists(TEXTS, min_size=1))
def test_values_may_hold_commas_and_backslashes(values: list[str]) -> None:
    """A page may be called ``/a,b\\c``."""
    assert tuple(split(Filter("is", "event:page", tuple(values)).text)) == ("is", "event:page", *values)


def test_the_default_is_today_and_needs_no_parameter() -> None:
    """D35: the shortest address shows the present."""
    assert Selection().parameters() == []
    assert Selection().date_range(TODAY) == "day"


@pytest.mark.parametrize(
    ("selection", "query"),
    [
        (Selection(), "?"),
        (Selection(period="7d"), "?period=7d"),
        (Selection(dashboard="marketing", period="7d"), "?dashboard=marketing&period=7d"),
        (Selection(period="custom", first=date(2026, 1, 2), last=date(2026, 1, 9)), "?period=custom&from=2026-01-02&to=2026-01-09"),
        (Selection(filters=(Filter("is", "visit:country", ("DE", "AT")),), compare="off"), "?f=is,visit:country,DE,AT&compare=off"),
        (Selection(filters=(Filter("is", "event:page", ("/a&b=c,d#",)),)), "?f=is,event:page,/a%26b%3Dc%5C,d%23"),
        (Selection(period="7d", compare="year", weekdays=True), "?period=7d&compare=year&weekdays=match"),
        (
            Selection(compare="custom", against_first=date(2026, 1, 2), against_last=date(2026, 1, 9)),
            "?compare=custom&against_from=2026-01-02&against_to=2026-01-09",
        ),
        (Selection(period="91d", interval="day", draw="bars"), "?period=91d&interval=day&draw=bars"),
        (
            Selection(period="hours", start=datetime(2026, 11, 22, 9), end=datetime(2026, 11, 22, 12)),
            "?period=hours&from=2026-11-22T09:00&to=2026-11-22T12:00",
        ),
    ],
)
def test_a_selection_has_a_readable_address(selection: Selection, query: str) -> None:
    """Readable where that is possible."""
    assert selection.query_string() == query


@pytest.mark.parametrize(
    ("selection", "first", "last"),
    [
        (Selection(), date(2026, 11, 22), date(2026, 11, 22)),
        (Selection(period="7d"), date(2026, 11, 15), date(2026, 11, 21)),
        (Selection(period="1d"), date(2026, 11, 21), date(2026, 11, 21)),
        (Selection(period="24h"), date(2026, 11, 21), date(2026, 11, 22)),
        (Selection(period="28d"), date(2026, 10, 25), date(2026, 11, 21)),
        (Selection(period="30d"), date(2026, 10, 23), date(2026, 11, 21)),
        (Selection(period="91d"), date(2026, 8, 23), date(2026, 11, 21)),
        (Selection(period="week"), date(2026, 11, 16), date(2026, 11, 22)),
        (Selection(period="week", first_weekday=6), date(2026, 11, 22), date(2026, 11, 28)),
        (Selection(period="week", first_weekday=5, day=date(2026, 11, 20)), date(2026, 11, 14), date(2026, 11, 20)),
        (Selection(period="1mo"), date(2026, 10, 1), date(2026, 10, 31)),
        (Selection(period="year"), date(2026, 1, 1), date(2026, 12, 31)),
        (Selection(period="month"), date(2026, 11, 1), date(2026, 11, 30)),
        (Selection(period="12mo"), date(2025, 11, 1), date(2026, 10, 31)),
        (Selection(period="7d", day=date(2026, 11, 3)), date(2026, 10, 28), date(2026, 11, 3)),
        (Selection(period="month", day=date(2024, 2, 10)), date(2024, 2, 1), date(2024, 2, 29)),
        (Selection(period="year", day=date(2024, 2, 29)), date(2024, 1, 1), date(2024, 12, 31)),
        (Selection(period="custom", first=date(2026, 3, 1), last=date(2026, 3, 5)), date(2026, 3, 1), date(2026, 3, 5)),
        (
            Selection(period="hours", start=datetime(2026, 3, 1, 22), end=datetime(2026, 3, 2)),
            date(2026, 3, 1), date(2026, 3, 1),
        ),
    ],
)  # fmt: skip
def test_the_days_of_a_period(selection: Selection, first: date, last: date) -> None:
    """As the query language has them: runs of days end yesterday, runs of months last month."""
    assert selection.days(TODAY) == (first, last)


def test_stepping_back_and_forth() -> None:
    """Yesterday, and back to today, which is the present again and moves on with it."""
    yesterday = Selection().stepped(-1, TODAY)
    assert yesterday == Selection(day=date(2026, 11, 21))
    assert yesterday.date_range(TODAY) == ["2026-11-21", "2026-11-21"]
    assert yesterday.stepped(1, TODAY) == Selection()
    assert Selection().stepped(1, TODAY) is None


def test_stepping_by_month_keeps_to_the_calendar() -> None:
    """January before February before March, in a leap year too."""
    march = Selection(period="month", day=date(2024, 3, 31))
    february = march.stepped(-1, TODAY)
    assert february is not None
    assert february.days(TODAY) == (date(2024, 2, 1), date(2024, 2, 29))


@given(st.sampled_from(list(PAST)), st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.sampled_from([0, 5, 6]))
def test_periods_that_are_stepped_through_touch(period: str, today: date, first_weekday: int) -> None:
    """No day is skipped and none is shown twice."""
    present = Selection(period=period, first_weekday=first_weekday)
    earlier = present.stepped(-1, today)
    assert earlier is not None
    now, before = present.days(today), earlier.days(today)
    assert now is not None
    assert before is not None
    assert before[1] == now[0] - timedelta(days=1)
    assert earlier.stepped(1, today) == present


@pytest.mark.parametrize(
    ("period", "earlier", "later"),
    [
        ("1d", Selection(day=date(2026, 11, 20)), Selection()),
        ("1mo", Selection(period="month", day=date(2026, 9, 30)), Selection(period="month")),
        ("24h", None, None),
    ],
)
def test_yesterday_lies_before_today_and_last_month_before_this_one(
    period: str, earlier: Selection | None, later: Selection | None
) -> None:
    """Not before another yesterday. The last 24 hours move by themselves."""
    assert Selection(period=period).stepped(-1, TODAY) == earlier
    assert Selection(period=period).stepped(1, TODAY) == later


def test_hours_are_stepped_by_their_length() -> None:
    """From the morning to the night before, and no further than today."""
    morning = Selection().within(datetime(2026, 11, 22, 6), datetime(2026, 11, 22, 12))
    night = morning.stepped(-1, TODAY)
    assert night == Selection().within(datetime(2026, 11, 22), datetime(2026, 11, 22, 6))
    assert night.stepped(1, TODAY) == morning
    assert morning.stepped(2, TODAY) == Selection().within(datetime(2026, 11, 22, 18), datetime(2026, 11, 23))
    assert morning.stepped(3, TODAY) is None


@given(SPANS, st.sampled_from([0, 5, 6]), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_days_are_shown_under_their_own_name(days: list[date], first_weekday: int, today: date) -> None:
    """Zooming into a bucket shows exactly its days, whatever they are called."""
    first, last = days
    found = Selection(first_weekday=first_weekday).spanning(first, last, today)
    assert found.days(today) == (first, last)
    if found.date_range(today) != [first.isoformat(), last.isoformat()]:
        assert found.date_range(today) == found.period, "the present one by its word, which moves on with it"


@pytest.mark.parametrize(
    ("first", "last", "query"),
    [
        (date(2026, 11, 22), date(2026, 11, 22), "?"),
        (date(2026, 11, 3), date(2026, 11, 3), "?date=2026-11-03"),
        (date(2026, 11, 2), date(2026, 11, 8), "?period=week&date=2026-11-08"),
        (date(2024, 2, 1), date(2024, 2, 29), "?period=month&date=2024-02-29"),
        (date(2026, 1, 1), date(2026, 12, 31), "?period=year"),
        (date(2026, 11, 4), date(2026, 11, 5), "?period=custom&from=2026-11-04&to=2026-11-05"),
    ],
)
def test_whole_weeks_months_and_years_have_their_own_names(first: date, last: date, query: str) -> None:
    """A day, a week, a month and a year have their own names; the rest is chosen days."""
    assert Selection().spanning(first, last, TODAY).query_string() == query


def test_zooming_out_leads_from_hours_to_a_year() -> None:
    """From hours to their day, to its month, to its year; there is nothing around that."""
    hours = Selection().within(datetime(2026, 11, 20, 9), datetime(2026, 11, 20, 12))
    steps = []
    at: Selection | None = hours
    while at := at.wider(TODAY):
        steps.append(at.query_string())
    assert steps == ["?date=2026-11-20", "?period=month", "?period=year"]
    assert Selection(period="all").wider(TODAY) is None


@pytest.mark.parametrize(
    ("selection", "include"),
    [
        (Selection(), {"comparison": "previous_period"}),
        (Selection(weekdays=True), {"comparison": "previous_period", "match_day_of_week": True}),
        (Selection(period="month", compare="year"), {"comparison": "year_over_year"}),
        (Selection(compare="off", weekdays=True), {}),
        (Selection(period="all", compare="year"), {}),
        (
            Selection(compare="custom", against_first=date(2026, 1, 2), against_last=date(2026, 1, 9)),
            {"comparison": ["2026-01-02", "2026-01-09"]},
        ),
        (
            Selection().within(datetime(2026, 11, 22, 9), datetime(2026, 11, 22, 12)),
            {"comparison": ["2026-11-21T09:00:00", "2026-11-21T11:59:59"]},
        ),
        (
            replace(Selection().within(datetime(2026, 11, 21, 9), datetime(2026, 11, 22, 12)), weekdays=True),
            {"comparison": ["2026-11-14T09:00:00", "2026-11-15T11:59:59"]},
        ),
    ],
)
def test_what_is_compared_with(selection: Selection, include: dict[str, object]) -> None:
    """D40: as the query language says it; some hours are compared with the same hours of another day."""
    assert selection.comparison() == include


@pytest.mark.parametrize(
    ("first", "last", "hours", "found"),
    [
        (TODAY, TODAY, 24, ["hour"]),
        (TODAY, TODAY, 3, ["minute", "hour"]),
        (TODAY, TODAY, 1, ["minute"]),
        (date(2026, 11, 21), date(2026, 11, 21), 3, ["hour"]),
        (date(2026, 11, 15), date(2026, 11, 21), 168, ["hour", "day"]),
        (date(2026, 10, 25), date(2026, 11, 21), 672, ["day", "week"]),
        (date(2025, 11, 1), date(2026, 10, 31), 8760, ["day", "week", "month"]),
        (date(2020, 1, 1), date(2026, 10, 31), 60000, ["week", "month"]),
    ],
)
def test_the_intervals_that_make_sense(first: date, last: date, hours: float, found: list[str]) -> None:
    """Minutes are known of today alone; hours of years would be thousands."""
    assert intervals((first, last), hours, TODAY) == found


def test_all_time_has_no_step() -> None:
    """There is nothing before it."""
    assert Selection(period="all").stepped(-1, TODAY) is None
    assert Selection(period="all").date_range(TODAY) == "all"


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("period", "fortnight", "There is no period “fortnight”."),
        ("date", "22.11.2026", "“22.11.2026” is not a date; enter it as 2026-11-22."),
        ("date", "9999-12-31", "“9999-12-31” is not a date; enter it as 2026-11-22."),
        ("f", "is,event:page", "“is,event:page” is not a valid filter."),
        ("f", "is,event:pgae,/", "You cannot filter by “event:pgae”."),
        ("f", "is,time:day,2026-11-22", "You cannot filter by “time:day”."),
        ("f", "resembles,event:page,/", "“resembles,event:page,/” is not a valid filter."),
        ("f", "matches,event:goal,S.*", "“matches,event:goal,S.*” is not a valid filter."),
        ("f", "has_done,visit:source,Google", "“has_done,visit:source,Google” is not a valid filter."),
        ("f", "is,segment,Readers", "“is,segment,Readers” is not a valid filter."),
        ("metric", "clicks", "There is no metric “clicks”."),
        ("compare", "yesterday", "There is no comparison “yesterday”."),
        ("interval", "fortnight", "The address asks for “interval=fortnight”, which does not exist. Possible values: minute, hour, day, week, month."),
        ("draw", "pie", "The address asks for “draw=pie”, which does not exist. Possible values: line, bars."),
        ("weekdays", "yes", "The address asks for “weekdays=yes”, which does not exist. Possible values: match."),
        ("size", "30", "The address asks for “size=30”, which does not exist. Possible values: 25, 100, 500."),
        ("page", "0", "The address asks for “page=0”, which does not exist. Possible values: 1–999999."),
        ("page", "٣", "The address asks for “page=٣”, which does not exist. Possible values: 1–999999."),
        ("choose", "plan", "The address asks for “choose=plan”, which does not exist. Possible values: properties,plan."),
        ("open", "door", "The address asks for “open=door”, which does not exist. Possible values: filter, values, question."),
        ("language", "xx", "The address asks for “language=xx”, which does not exist. Possible values: en, de, fr, es."),
        ("compare", "custom", "Choose the first of the days to compare with."),
    ],
)
def test_what_makes_no_sense_is_told_and_left_out(name: str, value: str, problem: str) -> None:
    """An old or mistyped link still shows a dashboard."""
    assert parsed({name: [value]}) == (Selection(), [problem])


@pytest.mark.parametrize(
    ("start", "end", "problem"),
    [
        ("2026-11-22T12:00", "2026-11-22T09:00", "The period from 2026-11-22T12:00 to 2026-11-22T09:00 ends before it begins."),
        ("2026-11-22", "2026-11-22T09:00", "“2026-11-22” is not a date and time; enter it as 2026-11-22T09:00."),
        ("2026-11-22T25:00", "2026-11-23T09:00", "“2026-11-22T25:00” is not a date and time; enter it as 2026-11-22T09:00."),
        ("9999-12-31T00:00", "9999-12-31T23:00", "“9999-12-31T00:00” is not a date and time; enter it as 2026-11-22T09:00."),
    ],
)
def test_hours_that_cannot_be_are_told_and_left_out(start: str, end: str, problem: str) -> None:
    selection, problems = parsed({"period": ["hours"], "from": [start], "to": [end]})
    assert selection == Selection()
    assert problem in problems


def test_the_days_of_a_choice_may_be_given_in_either_order() -> None:
    """From the later to the earlier day."""
    found, _ = parsed({"period": ["custom"], "from": ["2026-03-05"], "to": ["2026-03-01"]})
    assert found.days(TODAY) == (date(2026, 3, 1), date(2026, 3, 5))


def test_narrowing_replaces_and_excluding_joins() -> None:
    """D41: one value of a dimension, or all but some."""
    one = Selection().narrowed("visit:source", "Google").narrowed("visit:source", "Bing")
    assert one.filters == (Filter("is", "visit:source", ("Bing",)),)
    none = Selection().without("visit:source", "Google").without("visit:source", "Bing")
    assert none.filters == (Filter("is_not", "visit:source", ("Google", "Bing")),)
    assert none.turned(none.filters[0]).filters == (Filter("is", "visit:source", ("Google", "Bing")),)
    assert none.removed(none.filters[0]) == Selection()


def test_the_chart_begins_with_who_reached_a_goal() -> None:
    """Of a goal's events there are no page views to be drawn; what is chosen then stays, and so does what any other filter finds."""
    here = Selection(metric="pageviews")
    goal, event, page = (Filter("is", f"event:{name}", ("x",)) for name in ("goal", "name", "page"))
    assert here.narrowed("event:goal", "x") == Selection(filters=(goal,))
    assert here.exchanged(None, event) == Selection(filters=(event,))
    assert here.narrowed("event:page", "x") == Selection(metric="pageviews", filters=(page,))
    chosen = Selection(metric="visits", filters=(goal,))
    assert chosen.narrowed("event:page", "x").metric == "visits"


def test_another_dashboard_has_panels_of_its_own() -> None:
    """Days and filters stay; what was opened among the panels does not."""
    here = Selection(period="7d", filters=(Filter("is", "event:page", ("/",)),), show=("channels",), panel="pages", page=2)
    there = Selection(dashboard="marketing", period="7d", filters=here.filters)
    assert here.with_dashboard("marketing") == there


def test_not_of_a_goal_is_of_the_visits_that_have_not_reached_it() -> None:
    """An event that is not the goal says nothing of its visit, and the language has no such filter."""
    wanted = [Filter(operation, "event:goal", ("Signup",)) for operation in ("is", "is_not", "contains_not")]
    assert [each.question for each in wanted] == [
        ["is", "event:goal", ["Signup"]],
        ["has_not_done", ["is", "event:goal", ["Signup"]]],
        ["has_not_done", ["contains", "event:goal", ["Signup"]]],
    ]


@given(FILTERS)
def test_what_the_query_language_says_of_a_filter_is_that_filter(wanted: Filter) -> None:
    """D41: what was saved as a segment can be taken apart and changed. Not of a goal is said in one way of two."""
    found = of_question(wanted.question)
    assert found is not None
    assert found.question == wanted.question


def test_nested_filters_have_no_place_in_an_address() -> None:
    """They can be saved by the API, and used by their segment's number."""
    assert of_question(["or", [["is", "event:page", ["/"]], ["is", "visit:source", ["Google"]]]]) is None
    assert of_question(["is", "event:page", ["/"], {"case_sensitive": False}]) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("is,visit:country_name,Germany", "Country is Germany"),
        ("is_not,visit:country_name,Germany,Austria", "Country is not Germany or Austria"),
        ("contains,event:page,/a\\,b,/c,100%(s)s", "Page contains /a,b, /c, or 100%(s)s"),
        ("matches_not,visit:source,^a.*", "Source does not match ^a.*"),
        ("has_done,event:goal,Signup", "Has done: Goal Signup"),
        ("is,event:props:author,Ada", "author is Ada"),
    ],
)
def test_a_filter_in_words(text: str, said: str) -> None:
    """D41: as its chip says it."""
    (found,) = parsed({"f": [text]})[0].filters
    assert found.said() == said


def test_another_panel_begins_unsearched() -> None:
    """D43: search and order are of one list."""
    alone = Selection(panel="pages").searched("shop").sorted_by("pageviews", ascending=True).with_panel("pages", 3)
    assert alone.query_string() == "?panel=pages&search=shop&sort=pageviews,asc&page=3"
    assert alone.with_panel("sources") == Selection(panel="sources")
    assert alone.with_panel("") == Selection()


def test_what_one_panel_shows_is_chosen_in_the_address() -> None:
    """Once a panel, a comma in it is no second one, and nothing chosen is what it shows by itself."""
    chosen = Selection().choosing("properties", "a,b").choosing("revenue", "time").choosing("revenue", "visit:source")
    assert chosen.parameters() == [("choose", r"properties,a\,b"), ("choose", "revenue,visit:source")]
    assert (chosen.chosen("properties"), chosen.chosen("goals")) == ("a,b", "")
    assert chosen.choosing("properties", "").choosing("revenue", "") == Selection()
    assert parsed({"choose": ["properties", "properties,", ",x", "a,b,c"]})[0] == Selection()
