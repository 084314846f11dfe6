"""“Don't count me” (D19): links by which a browser opts out on each site, also on a phone, and the owner's own network.

The browser keeps the choice per site, in the visited page's own storage, where only that page can set it. Hence one link
per site instead of one button for all.
"""

import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from msgspec import Struct, structs
from werkzeug.exceptions import NotFound

from analytics.domains import display
from analytics.errors import InvalidInput
from analytics.site import Site
from analytics.web.accounts.access import person
from analytics.web.language import _, told
from analytics.web.phone_links import VALID
from analytics.web.services import services

blueprint = Blueprint("own_visits", __name__)

IGNORE, COUNT = "#footfall-ignore", "#footfall-count"
"""Fragments that the script of a site with the feature ``ignore`` understands (static/js/beacon.js)."""
FEATURE = "ignore"

_UNENCRYPTED = ("localhost", "127.0.0.1", "[::1]")


class Front(Struct, frozen=True):
    """The front page on one of a site's hosts."""

    host: str
    address: str


class Listed(Struct, frozen=True):
    """A site on the page."""

    site: Site
    fronts: list[Front]
    understands: bool
    """Its script knows the links."""
    left_out: bool
    """The network of who asks is excluded already."""


@blueprint.get("/dont-count-me")
def page() -> ResponseReturnValue:
    """Every site with its links."""
    return _page()


@blueprint.post("/dont-count-me/phone")
def code() -> ResponseReturnValue:
    """The same page with a QR code for a phone."""
    address = services().config.base_url + url_for("own_visits.phone", token=services().phone_links.new())
    return _page(_picture(address), address)


@blueprint.get("/phone/<token>")
def phone(token: str) -> ResponseReturnValue:
    """The page that the QR code opens, without signing in: the domains and their links, and nothing else."""
    if not services().phone_links.valid(token):
        raise NotFound
    return render_template("own/phone.html", sites=_sites(), ignore=IGNORE, count=COUNT), 200, _UNKEPT


@blueprint.post("/dont-count-me/network")
def network() -> ResponseReturnValue:
    """Excludes the network of this request: on the named site, or on all."""
    control, found = services().control, own_network()
    named = request.form.get("site", "")
    for site in [control.sites.find(named)] if named else control.sites.all():
        if found and found not in site.settings.excluded_networks:
            control.sites.change(with_network(site, found), by=person().email)
    if found:
        flash(_("Visits from %(network)s are no longer counted.", network=found))
    else:
        flash(_("Your network address could not be determined."))
    return redirect(url_for("own_visits.page"), 303)


@blueprint.post("/dont-count-me/<domain>/links")
def switch_on(domain: str) -> ResponseReturnValue:
    """Adds support for these links to the site's script."""
    site = services().control.sites.find(domain)
    if FEATURE not in site.settings.features:
        features = (*site.settings.features, FEATURE)
        settings = structs.replace(site.settings, features=features)
        try:
            services().control.sites.change(structs.replace(site, settings=settings), by=person().email)
        except InvalidInput as problem:  # another site loads the same script
            flash(
                _("%(problem)s: check the settings of %(domain)s.", problem=told(problem), domain=display(site.domain)),
                "error",
            )
            return redirect(url_for("own_visits.page"), 303)
    flash(_("The links work from now on; browsers that have already loaded the script pick up the change within a day."))
    return redirect(url_for("own_visits.page"), 303)


def own_network() -> str:
    """The current network as an entry of a site's ``excluded_networks``; empty if it is unknown."""
    knock = request.environ.get("footfall.knock")
    return services().door.own_network(knock) if knock is not None else ""


def with_network(site: Site, found: str) -> Site:
    """The site with visits from this network excluded."""
    networks = tuple(dict.fromkeys((*site.settings.excluded_networks, found)))
    return structs.replace(site, settings=structs.replace(site.settings, excluded_networks=networks))


_UNKEPT = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


def _page(picture: Markup | None = None, address: str = "") -> ResponseReturnValue:
    answer = render_template(
        "own/page.html",
        sites=_sites(),
        ignore=IGNORE,
        count=COUNT,
        network=own_network(),
        picture=picture,
        address=address,
        minutes=VALID // 60,
        local=any(f"//{host}" in services().config.base_url for host in _UNENCRYPTED),
    )
    return answer, 200, _UNKEPT


def _sites() -> list[Listed]:
    found = own_network()
    return [
        Listed(
            site,
            _fronts(site),
            understands=FEATURE in site.settings.features,
            left_out=found in site.settings.excluded_networks,
        )
        for site in services().control.sites.all()
    ]


def _fronts(site: Site) -> list[Front]:
    """The site's domain, and the hosts that its settings list individually: each stores its own choice."""
    listed = [host for host in site.settings.hostnames if not host.startswith("*.")]
    return [Front(host, f"{_scheme(host)}://{host}/") for host in dict.fromkeys((site.domain, *listed))]


def _scheme(host: str) -> str:
    return "http" if host.startswith(_UNENCRYPTED) else "https"


def _picture(address: str) -> Markup:
    """The QR code, dark on light whatever the page's colours: some cameras read nothing else."""
    drawn = segno.make_qr(address, error="m").svg_inline(scale=6, border=4, dark="#000", light="#fff", svgclass="code")
    return Markup(drawn)  # noqa: S704 - drawn by segno from an address of ours
