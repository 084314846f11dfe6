"""The form of a site's settings: one table says which there are, in which group, and in what words they are asked for.

A setting is a field of ``model.SiteSettings``, a check in ``store/control/settings.py`` and a row here.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct, structs
from werkzeug.datastructures import MultiDict

from analytics.domains import display
from analytics.features import BESIDE, FEATURES
from analytics.model import Site, SiteSettings
from analytics.privacy.door import checked_networks
from analytics.web.setup.robot_names import checked_robots

Values = Mapping[str, Any]
"""What the form shows: a text for each field; "yes" for a switch that is on; a list for choices."""

ON = "yes"
ADD = "add"
"""The name of the buttons that save the form with one entry more in one of its lists."""


class Widget(StrEnum):
    """How a setting is asked for; each is a macro of ``admin/forms.html``."""

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
    """One setting as the form asks for it."""

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
    """Settings that belong together; the page folds each group up."""

    name: str
    title: str
    fields: tuple[Field, ...]
    hint: str = ""
    """What holds for all of them."""


WEEK_START = Field(
    name="week_start", widget=Widget.ONE, label="Weeks begin on",
    hint="For everybody who reads the figures. You can change it at any time: past weeks follow.",
    choices=(("monday", "Monday", ""), ("saturday", "Saturday", ""), ("sunday", "Sunday", "")),
)  # fmt: skip

GROUPS: tuple[Group, ...] = (
    Group(
        name="counted",
        title="What is counted",
        fields=(
            Field(
                name="hostnames", widget=Widget.LINES, label="Count only these hosts",
                hint="One a line; *.example.org for all sub-domains. Empty: every host that carries the tag.",
            ),
            Field(
                name="ignored_hosts", widget=Widget.LINES, label="Do not keep what comes from these other hosts",
                hint="One a line. It is counted as dropped all the same, and no longer shown.",
            ),
            Field(
                name="excluded_paths", widget=Widget.LINES, label="Leave out these paths",
                hint="One a line; * stands for anything: /admin/*",
            ),
            Field(
                name="excluded_networks", widget=Widget.LINES, label="Leave out visitors from these networks",
                hint="One a line, such as 192.0.2.0/24. Compared at the door and forgotten there.",
            ),
        ),
    ),
    Group(
        name="robots",
        title="Robots and spam",
        fields=(
            Field(
                name="allowed_robots", widget=Widget.LINES, label="Count these robots all the same",
                hint="One a line: a name such as UptimeRobot, or a whole group such as Monitoring or Link preview.",
            ),
            Field(
                name="hold_bursts", widget=Widget.SWITCH, label="Hold bursts from one network apart",
                hint="Recommended. While one visitor after another comes from a network, does a single thing and is gone, "
                     "newcomers from there count from their second event on.",
            ),
            Field(
                name="spam_hosts", widget=Widget.LINES, label="Refuse visits from these sites as spam",
                hint="One host a line, with all its sub-domains, besides those that Footfall knows.",
            ),
            Field(
                name="trusted_referrers", widget=Widget.LINES, label="Never take these sites for spam",
                hint="One host a line, with all its sub-domains.",
            ),
        ),
    ),
    Group(
        name="pages",
        title="Which addresses are one page",
        fields=(
            Field(
                name="query_parameters", widget=Widget.LINES, label="Query parameters that name the page",
                hint="One a line, such as p for /?p=12. All others are dropped before anything is stored.",
            ),
            Field(name="trailing_slash", widget=Widget.SWITCH, label="/shop/ and /shop are two pages"),
            Field(name="case_sensitive", widget=Widget.SWITCH, label="/Shop and /shop are two pages"),
        ),
    ),
    Group(
        name="wishes",
        title="Visitors’ wishes",
        hint="Recommended. Our script never sends what its visitor objects to, whatever you choose; this decides about "
             "other trackers and servers.",
        fields=(
            Field(
                name="respect_gpc", widget=Widget.SWITCH, label="Respect Global Privacy Control: do not count who sends it",
            ),
            Field(
                name="respect_dnt", widget=Widget.SWITCH, label="Respect Do Not Track: do not count who sends it",
            ),
        ),
    ),
    Group(
        name="kept",
        title="What is kept and shown of a visit",
        fields=(
            Field(name="referrer_host_only", widget=Widget.SWITCH, label="Keep only the host of referring pages"),
            Field(
                name="regions", widget=Widget.SWITCH, label="Keep region and city",
                hint="Only if the location database has them. Off, the country is all that is kept.",
            ),
            Field(
                name="small_cells", widget=Widget.NUMBER, least=1, most=1000,
                label="Show attributes of fewer visitors than this as one row",
                hint="5 is recommended. 1 shows each by itself to everybody who signs in and to every key. A change is "
                     "written to the audit log.",
            ),
            Field(
                name="hidden_properties", widget=Widget.LINES, label="Properties that are not shown",
                hint="Names of properties of your events, one a line. They are kept, and left out of the dashboard.",
            ),
        ),
    ),
    Group(
        name="retention",
        title="How long it is kept",
        fields=(
            Field(
                name="keep_rows_months", widget=Widget.NUMBER, least=1, most=600, label="Months of single events",
                hint="Whole months besides the current one; 13 are recommended. Of earlier months totals stay: days and "
                     "pages, sources, places and devices, each by itself.",
            ),
            Field(
                name="keep_totals_months", widget=Widget.NUMBER, least=0, most=600, label="Months of totals",
                hint="0: for ever.",
            ),
        ),
    ),
    Group(
        name="calendar",
        title="The calendar",
        fields=(WEEK_START,),
    ),
    Group(
        name="beacon",
        title="The script",
        fields=(
            Field(
                name="features", widget=Widget.CHOICES, label="Counted besides page views and reading time",
                hint="Put into the site’s script when switched on; whoever has it already gets it within a day. "
                     "What is off costs them no byte.",
                choices=(*FEATURES, *BESIDE),
            ),
            Field(
                name="script", widget=Widget.TEXT, label="Address of the script",
                hint="Without .js. If you change it, change the tag as well.",
            ),
            Field(
                name="endpoint", widget=Widget.TEXT, label="Where the script sends to",
                hint="Such as news/read, which no block list knows by heart. The script finds it by itself; only a proxy "
                     "of yours needs to be told.",
            ),
        ),
    ),
)  # fmt: skip
"""The page's order."""

FIELDS: tuple[Field, ...] = tuple(field for group in GROUPS for field in group.fields)


def as_form(site: Site) -> Values:
    """The site as its form would send it."""
    chosen = {field.name: _typed(field, getattr(site.settings, field.name)) for field in FIELDS}
    return {"domain": display(site.domain), "timezone": site.timezone, **chosen}


def typed(form: MultiDict[str, str]) -> Values:
    """What was sent, to be shown again beside what is wrong with it."""
    several = {field.name: form.getlist(field.name) for field in FIELDS if field.widget is Widget.CHOICES}
    return {**form.to_dict(), **several}


def from_form(site: Site, form: MultiDict[str, str]) -> Site:
    """The site that the form describes. Raises InvalidInput naming ``excluded_networks`` or ``allowed_robots``; all else is
    checked where it is kept."""
    chosen: dict[str, Any] = {field.name: _chosen(field, form) for field in FIELDS}
    chosen["excluded_networks"] = checked_networks(chosen["excluded_networks"])
    chosen["allowed_robots"] = checked_robots(chosen["allowed_robots"])
    settings = structs.replace(site.settings, **chosen)
    return structs.replace(site, domain=form.get("domain", ""), timezone=form.get("timezone", ""), settings=settings)


def changed(settings: SiteSettings) -> dict[str, list[str]]:
    """Group -> the labels of what is not as recommended there."""
    recommended = SiteSettings()
    return {
        group.name: [field.label for field in group.fields if _differs(field, settings, recommended)] for group in GROUPS
    }


def marked(problems: Iterable[str]) -> frozenset[str]:
    """The groups that hold a field of ``problems``."""
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
    """What the button of a suggestion adds to the list: its value is the field's name and the entry."""
    return [entry for name, _, entry in (value.partition(" ") for value in form.getlist(ADD)) if name == field.name]


def _number(text: str) -> int:
    """A small whole number; -1, which no setting may be, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
