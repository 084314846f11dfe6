"""For a site's privacy page: a control through which visitors object, and a text derived from the settings that says what
is stored."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from analytics.ingest.apart import KEPT_DAYS
from analytics.web.services import services

blueprint = Blueprint("notice", __name__)


@blueprint.get("/sites/<domain>/privacy")
def page(domain: str) -> ResponseReturnValue:
    """Both, to be copied."""
    site = services().control.sites.find(domain)
    places = site.settings.regions and services().config.location_database is not None  # what is built in knows countries
    return render_template("admin/privacy.html", site=site, places=places, apart_days=KEPT_DAYS)
