"""The form of a site's settings: one table lists them, in groups, with the words that ask for each.

A setting is a field of ``site.SiteSettings``, a check in ``store/control/settings.py`` and a row here.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct, structs
from werkzeug.datastructures import MultiDict

from analytics.checks import Checks
from analytics.domains import display
from analytics.features import BESIDE, FEATURES
from analytics.privacy.door import checked_networks
from analytics.site import Site, SiteSettings
from analytics.web.setup.robot_names import checked_robots

Values = Mapping[str, Any]
"""What the form shows: a text for each field; "yes" for a switch that is on; a list for choices."""

ON = "yes"
ADD = "add"
"""The name of the buttons that save the form with one entry more in one of its lists."""


class Widget(StrEnum):
    """How a setting is entered; each is a macro of ``admin/forms.html``."""

    TEXT = "text"
    LINES = "lines"
    """A list, one entry a line."""
    SWITCH = "switch"
    NUMBER = "number"
    """A whole number."""
    CHOICES = "choices"
    """A list of some of the ``choices``."""
    ONE = "one"
    """One of the ``choices``."""


class Field(Struct, frozen=True, kw_only=True):
    """One setting in the form."""

    name: str
    """Of ``SiteSettings``."""
    widget: Widget
    label: str
    """Positive: what holds when the switch is on, or the list is not empty (T20)."""
    hint: str = ""
    least: int = 0
    most: int = 0
    """Limits of a number."""
    choices: tuple[tuple[str, str, str], ...] = ()
    """Value, label and hint of each thing that may be chosen."""


class Group(Struct, frozen=True, kw_only=True):
    """Settings that belong together; the page can collapse each group."""

    name: str
    title: str
    fields: tuple[Field, ...]
    hint: str = ""
    """What holds for all of them."""


WEEK_START = Field(
    name="week_start", widget=Widget.ONE, label="Week starts on",
    hint="Applies to everyone who sees this site's figures, and to past weeks. You can change it at any time.",
    choices=(("monday", "Monday", ""), ("saturday", "Saturday", ""), ("sunday", "Sunday", "")),
)  # fmt: skip

GROUPS: tuple[Group, ...] = (
    Group(
        name="counted",
        title="What is counted",
        fields=(
            Field(
                name="hostnames", widget=Widget.LINES, label="Count only these hosts",
                hint="One per line; *.example.org for all subdomains. Leave empty to count every host that has the tag.",
            ),
            Field(
                name="ignored_hosts", widget=Widget.LINES, label="Ignore these other hosts",
                hint="One per line. Their events still count as dropped, but are not stored or shown.",
            ),
            Field(
                name="excluded_paths", widget=Widget.LINES, label="Exclude these paths",
                hint="One per line; * matches anything: /admin/*",
            ),
            Field(
                name="excluded_networks", widget=Widget.LINES, label="Exclude visitors from these networks",
                hint="One per line, such as 192.0.2.0/24. Addresses are compared in memory on arrival and not stored.",
            ),
        ),
    ),
    Group(
        name="robots",
        title="Bots and spam",
        fields=(
            Field(
                name="allowed_robots", widget=Widget.LINES, label="Count these bots anyway",
                hint="One per line: a name such as UptimeRobot, or a whole group such as Monitoring or Link preview.",
            ),
            Field(
                name="hold_bursts", widget=Widget.SWITCH, label="Set aside bursts from one network",
                hint="Recommended. While a network sends many visitors who each cause a single event, new visitors "
                "from it are counted only from their second event.",
            ),
            Field(
                name="spam_hosts", widget=Widget.LINES, label="Treat visits from these sites as spam",
                hint="One host per line, including its subdomains. Footfall already blocks well-known spam sites.",
            ),
            Field(
                name="trusted_referrers", widget=Widget.LINES, label="Never treat these sites as spam",
                hint="One host per line, including its subdomains.",
            ),
        ),
    ),
    Group(
        name="pages",
        title="Page addresses",
        fields=(
            Field(
                name="query_parameters", widget=Widget.LINES, label="Query parameters that identify a page",
                hint="One per line, such as p for /?p=12. All others are removed before anything is stored.",
            ),
            Field(name="trailing_slash", widget=Widget.SWITCH, label="Count /shop/ and /shop as two pages"),
            Field(name="case_sensitive", widget=Widget.SWITCH, label="Count /Shop and /shop as two pages"),
        ),
    ),
    Group(
        name="wishes",
        title="Visitors’ objections",
        hint="Recommended. Footfall’s script always respects both signals; this setting applies to events sent by "
        "other scripts and by servers.",
        fields=(
            Field(
                name="respect_gpc",
                widget=Widget.SWITCH,
                label="Respect Global Privacy Control: do not count visitors who send it",
            ),
            Field(
                name="respect_dnt", widget=Widget.SWITCH, label="Respect Do Not Track: do not count visitors who send it",
            ),
        ),
    ),
    Group(
        name="kept",
        title="What is stored and shown",
        fields=(
            Field(name="referrer_host_only", widget=Widget.SWITCH, label="Store only the host of referring pages"),
            Field(
                name="regions", widget=Widget.SWITCH, label="Store region and city",
                hint="Only if the location database includes them. If this is off, only the country is stored.",
            ),
            Field(
                name="small_cells", widget=Widget.NUMBER, least=1, most=1000,
                label="Group values with fewer visitors than this",
                hint="Such as a country or a browser. 5 is recommended; 1 shows every value to everyone who signs in "
                "and to every key. Changes are recorded in the audit log.",
            ),
            Field(
                name="hidden_properties", widget=Widget.LINES, label="Hidden properties",
                hint="Names of event properties, one per line. They are stored but not shown on the dashboard.",
            ),
        ),
    ),
    Group(
        name="retention",
        title="Data retention",
        fields=(
            Field(
                name="keep_rows_months", widget=Widget.NUMBER, least=1, most=600, label="Months to keep individual events",
                hint="Full months in addition to the current one; 13 are recommended. For earlier months only totals "
                "remain: by day, page, source, location and device, each separately.",
            ),
            Field(
                name="keep_totals_months", widget=Widget.NUMBER, least=0, most=600, label="Months to keep totals",
                hint="0 means no limit.",
            ),
        ),
    ),
    Group(
        name="calendar",
        title="Calendar",
        fields=(WEEK_START,),
    ),
    Group(
        name="beacon",
        title="Script",
        fields=(
            Field(
                name="features", widget=Widget.CHOICES, label="Also count",
                hint="Features you turn on are added to the site’s script; browsers that have already loaded it pick "
                "them up within a day. Features that are off add nothing to its size.",
                choices=(*FEATURES, *BESIDE),
            ),
            Field(
                name="script", widget=Widget.TEXT, label="Script address",
                hint="Without .js. If you change this, replace the tag in your pages as well.",
            ),
            Field(
                name="endpoint", widget=Widget.TEXT, label="Endpoint",
                hint="Where the script sends its events, such as news/read, which block lists do not know. The script "
                "knows the change by itself; if you run a proxy, update it as well.",
            ),
        ),
    ),
)  # fmt: skip
"""The page's order."""

FIELDS: tuple[Field, ...] = tuple(field for group in GROUPS for field in group.fields)


def as_form(site: Site) -> Values:
    """The form's content for a site."""
    chosen = {field.name: _typed(field, getattr(site.settings, field.name)) for field in FIELDS}
    return {"domain": display(site.domain), "timezone": site.timezone, **chosen}


def typed(form: MultiDict[str, str]) -> Values:
    """What was sent, to be shown again beside what is wrong with it."""
    several = {field.name: form.getlist(field.name) for field in FIELDS if field.widget is Widget.CHOICES}
    return {**form.to_dict(), **several}


def from_form(site: Site, form: MultiDict[str, str], check: Checks) -> Site:
    """The site that the form describes. Only ``excluded_networks`` and ``allowed_robots`` are checked; ``Sites.checked``
    finds what else is wrong."""
    chosen: dict[str, Any] = {field.name: _chosen(field, form) for field in FIELDS}
    chosen["excluded_networks"] = check(checked_networks, chosen["excluded_networks"], instead=())
    chosen["allowed_robots"] = check(checked_robots, chosen["allowed_robots"], instead=())
    settings = structs.replace(site.settings, **chosen)
    return structs.replace(site, domain=form.get("domain", ""), timezone=form.get("timezone", ""), settings=settings)


def changed(settings: SiteSettings) -> dict[str, list[str]]:
    """Group -> labels of the settings that differ from the recommendation."""
    recommended = SiteSettings()
    return {
        group.name: [field.label for field in group.fields if _differs(field, settings, recommended)] for group in GROUPS
    }


def marked(problems: Iterable[str]) -> frozenset[str]:
    """The groups that contain a field of ``problems``."""
    wrong = frozenset(problems)
    return frozenset(group.name for group in GROUPS if wrong & {field.name for field in group.fields})


def _differs(field: Field, settings: SiteSettings, recommended: SiteSettings) -> bool:
    return bool(getattr(settings, field.name) != getattr(recommended, field.name))


def _typed(field: Field, value: Any) -> Any:
    if field.widget is Widget.LINES:
        return "\n".join(value)
    if field.widget is Widget.SWITCH:
        return ON if value else ""
    return list(value) if field.widget is Widget.CHOICES else str(value)


def _chosen(field: Field, form: MultiDict[str, str]) -> Any:
    text = form.get(field.name, "").strip()
    if field.widget is Widget.LINES:
        return (*(line for line in text.splitlines() if line.strip()), *_added(field, form))
    if field.widget is Widget.SWITCH:
        return text == ON
    if field.widget is Widget.NUMBER:
        return _number(text)
    return tuple(form.getlist(field.name)) if field.widget is Widget.CHOICES else text


def _added(field: Field, form: MultiDict[str, str]) -> list[str]:
    """The entry that the button of a suggestion adds to a list; the button's value is the field's name and the entry."""
    return [entry for name, _, entry in (value.partition(" ") for value in form.getlist(ADD)) if name == field.name]


def _number(text: str) -> int:
    """A small whole number; for anything else -1, which no setting accepts."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
