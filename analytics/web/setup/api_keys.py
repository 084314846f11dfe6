"""API keys: the list, creating one, whose text is shown once, and revoking."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from analytics.checks import Checks
from analytics.errors import InvalidInput, NotFound
from analytics.site import Site
from analytics.store.control.keys import SCOPES, check_name
from analytics.web.accounts.access import person
from analytics.web.language import _, told_by_field
from analytics.web.services import services

blueprint = Blueprint("api_keys", __name__)


@blueprint.route("/keys", methods=["GET", "POST"])
def page() -> ResponseReturnValue:
    """The list of API keys. Creates one, whose text is shown only in this response."""
    if request.method == "GET":
        return _page({"scopes": ["stats"], "site": request.args.get("site", "")}, {})
    name, domain, scopes = request.form.get("name", ""), request.form.get("site", ""), request.form.getlist("scopes")
    values = {"name": name, "site": domain, "scopes": scopes}
    try:
        with Checks() as check:
            check(check_name, name)
            site = check(_site, domain)
            if not scopes:
                raise InvalidInput("scopes", _("Choose at least one permission"))
        text = services().control.api_keys.add(site, scopes, name, by=person().email)
    except InvalidInput as problem:
        return _page(values, told_by_field(problem)), 422
    return _page({"scopes": ["stats"]}, {}, new_key=text)


def _site(domain: str) -> Site | None:
    """The site that was chosen; None for all. It may have been removed since the list was shown."""
    try:
        return services().control.sites.find(domain) if domain else None
    except NotFound as problem:
        raise problem.at("site") from None


@blueprint.post("/keys/<int:key_id>/revoke")
def revoke(key_id: int) -> ResponseReturnValue:
    """Revokes the key, which stops working at once."""
    services().control.api_keys.revoke(key_id, by=person().email)
    flash(_("Key revoked. It no longer works."))
    return redirect(url_for("api_keys.page"), 303)


def _page(values: Mapping[str, Any], problems: Mapping[str, str], new_key: str = "") -> str:
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
