"""The setup of sites: adding one, the snippet for its pages, and its settings.

A form that is refused comes back with what was typed, and says at the field what is wrong.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import structs

from analytics.checks import Checks
from analytics.clock import local_time
from analytics.domains import display
from analytics.errors import FootfallError, InvalidInput
from analytics.features import FEATURES, GTAG, VITALS
from analytics.site import Site, SiteSettings
from analytics.snippet import google_tag, picture, pinned_tag, plausible_tag, tag, vitals_tag
from analytics.store.control.settings import timezones
from analytics.web.accounts.access import person
from analytics.web.collector import script_file
from analytics.web.figures import megabytes, moment, number, short_day
from analytics.web.language import _, told_by_field
from analytics.web.services import services
from analytics.web.setup import site_form
from analytics.web.setup.latest_arrivals import arrived, strays
from analytics.web.setup.suggestions import suggestions

blueprint = Blueprint("admin", __name__)
blueprint.add_app_template_filter(display, "domain")


@blueprint.get("/sites")
def sites() -> ResponseReturnValue:
    """All sites, and what arrived for domains that are not among them."""
    return render_template("admin/sites.html", sites=services().control.sites.all(), strays=strays())


@blueprint.route("/sites/new", methods=["GET", "POST"])
def add_site() -> ResponseReturnValue:
    """Adds a site; a domain and a time zone are all it needs."""
    if request.method == "GET":
        return _new_site_page({"domain": request.args.get("domain", ""), "timezone": ""}, {})
    fields = {"domain": "", "timezone": "", "week_start": SiteSettings().week_start}
    values = {name: request.form.get(name, usual) for name, usual in fields.items()}
    try:
        site = services().control.sites.add(**values, by=person().email)
    except InvalidInput as problem:
        return _new_site_page(values, told_by_field(problem)), 422
    return redirect(url_for("admin.snippet", domain=site.domain), 303)


@blueprint.get("/sites/<domain>/snippet")
def snippet(domain: str) -> ResponseReturnValue:
    """The snippet for the site's pages, other ways to send events, and what has arrived so far."""
    site = services().control.sites.find(domain)
    base_url = services().config.base_url
    parts = urlsplit(base_url)
    origin = f"{parts.scheme}://{parts.netloc}"
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
        "admin/snippet.html",
        site=site,
        base_url=base_url,
        origin=origin,
        used=used,
        size=file.size,
        **lines,
        **arrived(site),
    )


@blueprint.get("/sites/<domain>/arrivals")
def arrivals(domain: str) -> ResponseReturnValue:
    """The part of the snippet page that is refreshed regularly."""
    site = services().control.sites.find(domain)
    return render_template("admin/arrivals.html", site=site, **arrived(site))


@blueprint.route("/sites/<domain>/settings", methods=["GET", "POST"])
def settings(domain: str) -> ResponseReturnValue:
    """The site's domain, time zone and settings."""
    site = services().control.sites.find(domain)
    if request.method == "GET":
        return _settings_page(site, site_form.as_form(site), {})
    try:
        with Checks() as check:
            changed = check(services().control.sites.checked, site_form.from_form(site, request.form, check), instead=site)
        services().control.sites.change(changed, by=person().email)
    except InvalidInput as problem:
        return _settings_page(site, site_form.typed(request.form), told_by_field(problem)), 422
    flash(_("Settings saved. They apply from now on."))
    return redirect(url_for("admin.settings", domain=_site_by_id(site.id).domain), 303)


@blueprint.post("/sites/<domain>/hosts")
def allow_host(domain: str) -> ResponseReturnValue:
    """Adds a host to those whose pages are counted. If every host is counted already, nothing changes."""
    site = services().control.sites.find(domain)
    listed = site.settings.hostnames
    if listed:
        wanted = structs.replace(site.settings, hostnames=(*listed, request.form.get("host", "")))
        services().control.sites.change(structs.replace(site, settings=wanted), by=person().email)
    flash(_("Pages on this host are counted from now on."))
    return redirect(url_for("admin.snippet", domain=site.domain), 303)


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
        former=_former(site),
        upkeep=_upkeep(site),
        suggestions=suggestions(site),
        groups=site_form.GROUPS,
        changed=site_form.changed(site.settings),
        opened=site_form.marked(problems),
    )


def _former(site: Site) -> list[str]:
    """The site's former domains and when each stops being accepted, as sentences."""
    return [
        _(
            "Events for %(domain)s are still counted here until %(when)s.",
            domain=display(former.domain),
            when=moment(local_time(former.until, site.timezone)),
        )
        for former in site.former_at(services().clock())
    ]


def _upkeep(site: Site) -> list[str]:
    """Sentences about how much is stored, and when it was and will be pruned."""
    try:
        found = services().retention.upkeep(site)
    except FootfallError:
        return [_("The data are not available at the moment.")]
    said = [_("%(size)s on disk.", size=megabytes(found.size))]
    if found.last:
        last = local_time(found.last.timestamp(), site.timezone)
        said.append(_("Last checked for expired data on %(when)s; the next check is a day later.", when=moment(last)))
    due = found.due
    if due.rows_before:
        day = short_day(due.rows_before)
        said.append(_("%(events)s events before %(day)s will be deleted next.", events=number(due.rows), day=day))
    else:
        said.append(_("Nothing has expired yet."))
    return said


def _zone_list(chosen: str) -> list[str]:
    """UTC, the zones named after a place, and the present one."""
    places = {zone for zone in timezones() if "/" in zone and not zone.startswith("Etc/")}
    return ["UTC", *sorted((places | {chosen} & timezones()) - {"UTC"})]
