"""How people get in: the owner's first visit, signing in and out, a lost password."""

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from analytics.errors import InvalidInput
from analytics.store.control.audit import COMMAND_LINE
from analytics.store.control.passwords import SHORTEST
from analytics.store.control.people import Person
from analytics.store.control.throttle import TooManyAttempts
from analytics.web.accounts.access import SIGN_IN, inside, signed_in
from analytics.web.language import _, told, told_by_field
from analytics.web.services import Services, services

blueprint = Blueprint("auth", __name__)


def invitation_link(parts: Services, token: str) -> str:
    """The address at which an invited person chooses a name and a password."""
    return f"{parts.config.base_url}/join?{urlencode({'token': token})}"


def reset_link(parts: Services, email: str, *, by: str = COMMAND_LINE) -> str:
    """A one-time link to choose a new password, valid for an hour. Raises NotFound."""
    query = urlencode({"token": parts.control.people.password_token(email, by=by)})
    return f"{parts.config.base_url}/new-password?{query}"


@blueprint.route("/setup", methods=["GET", "POST"])
def setup() -> ResponseReturnValue:
    """The first visit: whoever opens the link printed at the start becomes the owner."""
    people = services().control.people
    if people.anyone():
        return redirect(url_for("auth.sign_in"), 303)
    if request.method == "GET":
        token = request.args.get("token", "")
        old = token and not people.may_set_up(token)
        return _setup_page(
            {"token": token}, {"token": _("This link has expired or was replaced by a newer one")} if old else {}
        )
    form = request.form
    try:
        owner = people.create_owner(
            form.get("token", "").strip(), form.get("email", ""), form.get("name", ""), form.get("password", ""), _context()
        )
    except InvalidInput as problem:
        return _setup_page(form, told_by_field(problem)), 422
    _begin(owner)
    return redirect(url_for("pages.home"), 303)


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """Signs in with e-mail address and password, then returns to the requested page if it is on this service."""
    wanted = inside(request.values.get("next"))
    if signed_in():
        return redirect(wanted or url_for("pages.home"), 303)
    if not services().control.people.anyone():
        return redirect(url_for("auth.setup"), 303)
    return _sign_in_page(wanted) if request.method == "GET" else _try_to_sign_in(wanted)


@blueprint.route("/sign-out", methods=["POST"])
def sign_out() -> ResponseReturnValue:
    """Ends this sign-in on the server, not only in the browser."""
    services().control.people.sign_out(session.get(SIGN_IN, ""))
    session.clear()
    flash(_("You have been signed out."))
    return redirect(url_for("auth.sign_in"), 303)


@blueprint.route("/new-password", methods=["GET", "POST"])
def new_password() -> ResponseReturnValue:
    """Sets a new password, with the link from ``footfall person reset-password``; every sign-in ends."""
    people = services().control.people
    token = request.values.get("token", "").strip()
    if request.method == "GET":
        return _password_page(token, {})
    try:
        people.reset_password(token, request.form.get("password", ""), _context())
    except InvalidInput as problem:
        return _password_page(token, told_by_field(problem)), 422
    session.clear()
    flash(_("Password changed. Sign in with the new one."))
    return redirect(url_for("auth.sign_in"), 303)


@blueprint.route("/join", methods=["GET", "POST"])
def join() -> ResponseReturnValue:
    """An invited person chooses a name and a password, and is signed in."""
    people = services().control.people
    token = request.values.get("token", "").strip()
    if request.method == "GET":
        return _join_page(token, {}, {})
    try:
        found = people.join(token, request.form.get("name", ""), request.form.get("password", ""), _context())
    except InvalidInput as problem:
        return _join_page(token, request.form, told_by_field(problem)), 422
    _begin(found)
    return redirect(url_for("pages.home"), 303)


def _try_to_sign_in(wanted: str | None) -> ResponseReturnValue:
    email = request.form.get("email", "")
    try:
        found = services().control.people.authenticate(email, request.form.get("password", ""))
    except TooManyAttempts as problem:
        answer = make_response(_sign_in_page(wanted, email, told(problem)), 429)
        answer.headers["Retry-After"] = str(problem.seconds)
        return answer
    if found is None:
        return _sign_in_page(wanted, email, _("The email address or the password is wrong")), 401
    _begin(found)
    return redirect(wanted or url_for("pages.home"), 303)


def _begin(found: Person) -> None:
    """Starts a sign-in in a new cookie, so that one that an attacker planted before is worthless."""
    people = services().control.people
    people.sign_out(session.get(SIGN_IN, ""))
    session.clear()
    session[SIGN_IN] = people.sign_in(found)
    session.permanent = True


def _setup_page(values: object, problems: dict[str, str]) -> str:
    return render_template("auth/setup.html", values=values, problems=problems, shortest=SHORTEST)


def _password_page(token: str, problems: dict[str, str]) -> str:
    good = services().control.people.may_reset(token)
    return render_template("auth/new_password.html", token=token, good=good, problems=problems, shortest=SHORTEST)


def _join_page(token: str, values: Mapping[str, str], problems: dict[str, str]) -> str:
    invited = services().control.people.invited(token)
    return render_template(
        "auth/join.html", token=token, invited=invited, values=values, problems=problems, shortest=SHORTEST
    )


def _sign_in_page(wanted: str | None, email: str = "", problem: str = "") -> str:
    return render_template("auth/sign_in.html", wanted=wanted, email=email, problem=problem)


def _context() -> tuple[str, ...]:
    """Words about this service that an attacker would try as a password."""
    return (urlsplit(services().config.base_url).hostname or "",)
