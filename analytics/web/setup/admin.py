"""What the owner decides: sites, their snippet and settings, and API keys.

Every form that is refused comes back with what was typed and says at the field what is wrong.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import structs

from analytics.clock import local_time
from analytics.domains import display
from analytics.errors import FootfallError, InvalidInput
from analytics.features import FEATURES, GTAG, VITALS
from analytics.ingest.arrivals import UNKNOWN, Arrival
from analytics.model import REASONS, Reason, Site, SiteSettings
from analytics.snippet import google_tag, picture, pinned_tag, plausible_tag, tag, vitals_tag
from analytics.store.control.keys import SCOPES
from analytics.store.control.settings import timezones
from analytics.web.accounts.access import person
from analytics.web.collector import script_file
from analytics.web.figures import clock_seconds, megabytes, moment, number, short_day
from analytics.web.language import _, marked, told
from analytics.web.services import services
from analytics.web.setup import site_form
from analytics.web.setup.suggestions import refused_host, suggestions

blueprint = Blueprint("admin", __name__)
blueprint.add_app_template_filter(display, "domain")

ADVICE: dict[Reason, str] = {
    Reason.BOT: marked("Browsers driven by a program are not counted; open the page in your own."),
    Reason.BURST: marked("It counts from a second event on. The site's settings can switch this off."),
    Reason.HOSTNAME: marked("Allow this host in the site's settings if it is yours."),
    Reason.EXCLUDED_PATH: marked("The path is excluded in the site's settings."),
    Reason.EXCLUDED_NETWORK: marked(
        "You are in a network that is excluded in the site's settings. Try without Wi-Fi on a phone."
    ),
    Reason.OPTED_OUT: marked("Your browser objects to being counted (GPC, DNT or opt-out). Try another browser."),
    Reason.UNKNOWN_SITE: marked("Is data-domain in the tag written like the site's domain?"),
}
"""What the owner may do about a refusal, where there is something to do."""

_ARRIVALS_SHOWN = 12
_STRAYS_SHOWN = 6


class Seen(NamedTuple):
    """One arrival as a row of the set-up page."""

    time: str
    """On the wall clock of the site's zone."""
    name: str
    where: str
    counted: bool
    why: str
    advice: str
    host: str = ""
    """A host that is not in the site's list and can be added to it."""


@blueprint.get("/sites")
def sites() -> ResponseReturnValue:
    """All sites, and what arrived for domains that are not among them."""
    strays = [_seen(arrival, "UTC") for arrival in services().arrivals.latest(UNKNOWN)[:_ARRIVALS_SHOWN]]
    return render_template("admin/sites.html", sites=services().control.sites.all(), strays=strays)


@blueprint.route("/sites/new", methods=["GET", "POST"])
def add_site() -> ResponseReturnValue:
    """A domain and a zone are all that a site needs."""
    if request.method == "GET":
        return _new_site_page({"domain": request.args.get("domain", ""), "timezone": ""}, {})
    fields = {"domain": "", "timezone": "", "week_start": SiteSettings().week_start}
    values = {name: request.form.get(name, usual) for name, usual in fields.items()}
    try:
        site = services().control.sites.add(**values, by=person().email)
    except InvalidInput as problem:
        return _new_site_page(values, {problem.field: told(problem)}), 422
    return redirect(url_for("admin.snippet", domain=site.domain), 303)


@blueprint.get("/sites/<domain>/snippet")
def snippet(domain: str) -> ResponseReturnValue:
    """The tag for the site's pages, other ways to send, and what has arrived so far."""
    site = services().control.sites.find(domain)
    base_url = services().config.base_url
    parts = urlsplit(base_url)
    origin = f"{parts.scheme}://{parts.netloc}"
    arrived = _arrived(site)
    settings = site.settings
    file = script_file.of_site(settings)
    lines = {
        "tag": tag(site.domain, base_url, settings.script),
        "pinned": pinned_tag(site.domain, base_url, settings.script, file.version, file.integrity),
        "vitals": vitals_tag(base_url, settings.script) if VITALS.name in settings.features else "",
        "google": google_tag(site.domain, base_url),
        "plausible": plausible_tag(site.domain, base_url),
        "picture": picture(site.domain, base_url),
    }
    used = [feature for feature in (*FEATURES, GTAG) if feature.name in settings.features]
    return render_template(
        "admin/snippet.html", site=site, base_url=base_url, origin=origin, used=used, size=file.size, **lines, **arrived
    )


@blueprint.get("/sites/<domain>/arrivals")
def arrivals(domain: str) -> ResponseReturnValue:
    """The part of the snippet page that is asked for again and again."""
    site = services().control.sites.find(domain)
    return render_template("admin/arrivals.html", site=site, **_arrived(site))


@blueprint.route("/sites/<domain>/settings", methods=["GET", "POST"])
def settings(domain: str) -> ResponseReturnValue:
    """Domain, zone, and what is counted how."""
    site = services().control.sites.find(domain)
    if request.method == "GET":
        return _settings_page(site, site_form.as_form(site), {})
    try:
        changed = site_form.from_form(site, request.form)
        services().control.sites.change(changed, by=person().email)
    except InvalidInput as problem:
        return _settings_page(site, site_form.typed(request.form), {problem.field: told(problem)}), 422
    flash(_("The settings are saved and hold from now on."))
    return redirect(url_for("admin.settings", domain=_site_by_id(site.id).domain), 303)


@blueprint.post("/sites/<domain>/hosts")
def allow_host(domain: str) -> ResponseReturnValue:
    """Counts the pages of one host more from now on. Where every host is counted already, nothing changes."""
    site = services().control.sites.find(domain)
    listed = site.settings.hostnames
    if listed:
        wanted = structs.replace(site.settings, hostnames=(*listed, request.form.get("host", "")))
        services().control.sites.change(structs.replace(site, settings=wanted), by=person().email)
    flash(_("Pages of this host are counted from now on."))
    return redirect(url_for("admin.snippet", domain=site.domain), 303)


@blueprint.route("/keys", methods=["GET", "POST"])
def keys() -> ResponseReturnValue:
    """API keys: the list, and making one, whose text is shown in this one answer only."""
    if request.method == "GET":
        return _keys_page({"scopes": ["stats"], "site": request.args.get("site", "")}, {})
    name, domain, scopes = request.form.get("name", ""), request.form.get("site", ""), request.form.getlist("scopes")
    values = {"name": name, "site": domain, "scopes": scopes}
    if not scopes:
        return _keys_page(values, {"scopes": _("Choose at least one thing that the key may do")}), 422
    site = services().control.sites.find(domain) if domain else None
    try:
        text = services().control.api_keys.add(site, scopes, name, by=person().email)
    except InvalidInput as problem:
        return _keys_page(values, {problem.field: told(problem)}), 422
    return _keys_page({"scopes": ["stats"]}, {}, new_key=text)


@blueprint.post("/keys/<int:key_id>/revoke")
def revoke_key(key_id: int) -> ResponseReturnValue:
    """The key stops working at once."""
    services().control.api_keys.revoke(key_id, by=person().email)
    flash(_("The key is revoked and no longer works."))
    return redirect(url_for("admin.keys"), 303)


def _arrived(site: Site) -> dict[str, Any]:
    latest = services().arrivals.latest(site.id)
    strays = services().arrivals.latest(UNKNOWN)[:_STRAYS_SHOWN]
    return {
        "counted": any(arrival.reason is None for arrival in latest) or _has_history(site),
        "arrivals": _advised_once(_seen(arrival, site.timezone, site) for arrival in latest[:_ARRIVALS_SHOWN]),
        "strays": [_seen(arrival, site.timezone) for arrival in strays],
    }


def _advised_once(rows: Iterable[Seen]) -> list[Seen]:
    """The rows, with each piece of advice in the first of those that it is for: a crawler comes in dozens."""
    told: set[str] = set()
    advised = []
    for row in rows:
        advised.append(row._replace(advice="") if row.advice in told else row)
        told.add(row.advice)
    return advised


def _has_history(site: Site) -> bool:
    """Whether events were counted before this process began. While the data cannot be read: not known to be so."""
    try:
        answer = services().answers.answer(site, {"metrics": ["events"], "date_range": "all"})
    except FootfallError:
        return False
    return any(row["metrics"][0] for row in answer.results)


def _seen(arrival: Arrival, timezone: str, site: Site | None = None) -> Seen:
    reason = arrival.reason
    return Seen(
        time=clock_seconds(local_time(arrival.at, timezone)),
        name=arrival.name,
        where=display(arrival.hostname) + arrival.path,
        counted=reason is None,
        why=_("Counted") if reason is None else _(REASONS[reason]) + (f": {arrival.detail}" if arrival.detail else ""),
        advice=_(ADVICE[reason]) if reason in ADVICE else "",
        host=refused_host(arrival, site) if site else "",
    )


def _site_by_id(site_id: str) -> Site:
    return next(site for site in services().control.sites.all() if site.id == site_id)


def _new_site_page(values: Mapping[str, str], problems: Mapping[str, str]) -> str:
    zones = _zone_list(values["timezone"])
    weeks = site_form.WEEK_START
    return render_template("admin/new_site.html", values=values, problems=problems, timezones=zones, weeks=weeks)


def _settings_page(site: Site, values: Mapping[str, Any], problems: Mapping[str, str]) -> str:
    zones = _zone_list(values.get("timezone", site.timezone))
    return render_template(
        "admin/settings.html",
        site=site,
        values=values,
        problems=problems,
        timezones=zones,
        upkeep=_upkeep(site),
        suggestions=suggestions(site),
        groups=site_form.GROUPS,
        changed=site_form.changed(site.settings),
        opened=site_form.marked(problems),
    )


def _upkeep(site: Site) -> list[str]:
    """How much is kept, and when it was and will be looked through, as sentences."""
    try:
        found = services().retention.upkeep(site)
    except FootfallError:
        return [_("The data cannot be read at the moment.")]
    said = [_("%(size)s on disk.", size=megabytes(found.size))]
    if found.last:
        last = local_time(found.last.timestamp(), site.timezone)
        said.append(_("Last looked through for what is too old on %(when)s, next a day later.", when=moment(last)))
    due = found.due
    if due.rows_before:
        day = short_day(due.rows_before)
        said.append(_("%(events)s events before %(day)s go next.", events=number(due.rows), day=day))
    else:
        said.append(_("Nothing is too old yet."))
    return said


def _keys_page(values: Mapping[str, Any], problems: Mapping[str, str], new_key: str = "") -> str:
    found = services().control.sites.all()
    return render_template(
        "admin/keys.html",
        keys=services().control.api_keys.all(),
        sites=found,
        domains={site.id: site.domain for site in found},
        scopes=SCOPES,
        values=values,
        problems=problems,
        new_key=new_key,
        base_url=services().config.base_url,
    )


def _zone_list(chosen: str) -> list[str]:
    """UTC, the zones that are named after a place, and the one that is chosen already."""
    places = {zone for zone in timezones() if "/" in zone and not zone.startswith("Etc/")}
    return ["UTC", *sorted((places | {chosen} & timezones()) - {"UTC"})]
