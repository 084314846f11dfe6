"""Script addresses that pages written for other analytics services load. Each serves the beacon with the features that such
a page expects, and an adapter for that service's calls. So a page only changes the host of its script.

The site is the page's host, or what ``data-domain`` names. If a site has chosen such an address for its own script, it gets
that.
"""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from analytics.web.collector import script_file, scripts
from analytics.web.services import services

blueprint = Blueprint("dropins", __name__)

EXTENSIONS: dict[str, tuple[str, ...]] = {
    "outbound-links": ("outbound",),
    "file-downloads": ("downloads",),
    "tagged-events": ("tagged",),
    "exclusions": ("exclusions",),
    "pageview-props": ("options",),
    "revenue": ("options",),
    "manual": ("options",),
    "hash": ("options",),
    "compat": (),
    "local": (),
    "pageleave": (),
}
"""Of Plausible's script names -> the features that do the same. Browsers are what ``compat`` was for; pages on this machine
(``local``) count unless the site says otherwise; reading time (``pageleave``) is in the beacon."""
NEWER = ("outbound", "downloads", "forms", "tagged", "options")
"""What Plausible's newer scripts (``pa-….js``) have, all in one."""

_WAY = "../api/event"


@blueprint.get("/gtag/js")
def gtag() -> ResponseReturnValue:
    """For pages that load ``https://www.googletagmanager.com/gtag/js?id=…``."""
    return scripts.served(script_file.speaking("gtag.js", ("options",), _WAY))


@blueprint.get("/js/<any(script, plausible):name>.js")
@blueprint.get("/js/<any(script, plausible):name>.<extensions>.js")
def plausible(name: str, extensions: str = "") -> ResponseReturnValue:
    """For pages that load ``https://plausible.io/js/script.outbound-links.js``; an unknown extension adds nothing."""
    if any(site.settings.script == f"js/{name}" for site in services().directory.all()):
        return scripts.beacon(f"js/{name}.{extensions}".removesuffix("."))
    wanted = {feature for extension in extensions.split(".") for feature in EXTENSIONS.get(extension, ())}
    return scripts.served(script_file.speaking("plausible.js", ("plausible", *wanted), _WAY))


@blueprint.get("/js/pa-<name>.js")
def newer_plausible(name: str) -> ResponseReturnValue:
    """For pages that load ``https://plausible.io/js/pa-….js`` and call ``plausible.init``."""
    address = f"js/pa-{name}"
    if any(site.settings.script == address.partition(".")[0] for site in services().directory.all()):
        return scripts.beacon(address)
    return scripts.served(script_file.speaking("plausible.js", ("plausible", *NEWER), _WAY))
