"""The Flask application: every page and every route, on the services of one instance."""

from typing import Any

from flask import Flask

from analytics.resources import folder
from analytics.web import api, language
from analytics.web.accounts import access, account, auth, reader
from analytics.web.body import LARGEST
from analytics.web.collector import collect, dropins, scripts
from analytics.web.dashboards import pages
from analytics.web.editor import editor
from analytics.web.figures import short_day
from analytics.web.sections import editor as sections
from analytics.web.server import compression, errors, health, page_parts, seen
from analytics.web.services import Services
from analytics.web.setup import (
    admin,
    api_keys,
    corrections,
    dropped,
    funnels,
    goals,
    notes,
    notice,
    own_visits,
    people,
    segments,
    sharing,
    sources,
)
from analytics.web.sharing import counter, embeds, shared_links

PARTS = (
    auth,
    health,
    collect,
    scripts,
    dropins,
    api,
    seen,
    admin,
    api_keys,
    people,
    account,
    sections,
    sources,
    own_visits,
    notice,
    corrections,
    goals,
    funnels,
    dropped,
    notes,
    editor,
    reader,
    page_parts,
    segments,
    shared_links,
    embeds,
    counter,
    sharing,
    pages,
)
"""Each with a blueprint: its own routes."""


def create_app(services: Services) -> Flask:
    """The application with pages, API and setup, on these services."""
    app = Flask(
        __name__,
        template_folder=str(folder("dashboards") / "templates"),
        static_folder=str(folder("static")),
        static_url_path="/static",
    )
    app.config["MAX_CONTENT_LENGTH"] = LARGEST
    app.config["SECRET_KEY"] = services.control.secret_key()
    app.extensions["footfall"] = services
    for part in (language, reader, access, errors, compression):
        part.set_up(app)
    for part in PARTS:
        app.register_blueprint(part.blueprint)
    app.context_processor(lambda: _about_places(services))
    return app


def _about_places(services: Services) -> dict[str, Any]:
    """The age of the location database, shown at the foot of every page, and whether the owner supplied it."""
    built = services.places.built
    return {"places_built": short_day(built) if built else "", "own_places": services.config.location_database}
