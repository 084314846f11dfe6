"""The signed-in person's own page: name and e-mail address, password, and other sign-ins."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Blueprint, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from analytics.errors import InvalidInput
from analytics.store.control.passwords import SHORTEST
from analytics.store.control.throttle import TooManyAttempts
from analytics.web.accounts.access import SIGN_IN, person
from analytics.web.figures import moment
from analytics.web.language import _, told, told_by_field
from analytics.web.services import services

blueprint = Blueprint("account", __name__, url_prefix="/account")


@blueprint.route("", methods=["GET", "POST"])
def page() -> ResponseReturnValue:
    """Shows the page; a POST saves name and e-mail address."""
    who = person()
    if request.method == "GET":
        return _page({"name": who.name, "email": who.email}, {})
    form = request.form
    try:
        services().control.own_account.rename(who, form.get("name", ""), form.get("email", ""), form.get("current", ""))
    except (InvalidInput, TooManyAttempts) as problem:
        return _refused(form, problem, "current")
    flash(_("Saved."))
    return redirect(url_for("account.page"), 303)


@blueprint.post("/password")
def password() -> ResponseReturnValue:
    """Sets a new password and signs the other browsers out."""
    who, form = person(), request.form
    context = (urlsplit(services().config.base_url).hostname or "",)
    try:
        services().control.own_account.change_password(who, form.get("old", ""), form.get("password", ""), _here(), context)
    except (InvalidInput, TooManyAttempts) as problem:
        return _refused({"name": who.name, "email": who.email}, problem, "old")
    flash(_("Password changed. You have been signed out of all other browsers."))
    return redirect(url_for("account.page"), 303)


@blueprint.post("/elsewhere")
def elsewhere() -> ResponseReturnValue:
    """Signs every other browser out."""
    services().control.own_account.sign_out_elsewhere(person(), _here())
    flash(_("You have been signed out everywhere else."))
    return redirect(url_for("account.page"), 303)


def _here() -> str:
    """The token of the current sign-in."""
    return str(session.get(SIGN_IN, ""))


def _refused(values: Mapping[str, str], problem: InvalidInput | TooManyAttempts, field: str) -> ResponseReturnValue:
    """The page with what was entered; ``field`` is the one that was tried too often."""
    if isinstance(problem, InvalidInput):
        return _page(values, told_by_field(problem)), 422
    answer = make_response(_page(values, {field: told(problem)}), 429)
    answer.headers["Retry-After"] = str(problem.seconds)
    return answer


def _page(values: Mapping[str, str], problems: Mapping[str, str]) -> str:
    sign_ins = services().control.own_account.sign_ins(person(), _here())
    return render_template(
        "people/account.html", values=values, problems=problems, sign_ins=sign_ins, shortest=SHORTEST, moment=moment
    )
