"""Decides the language of a page, anew for every request.

The address (``?language=de``) decides first, so that a link can be in a language; then the person's own setting, what the
browser asks for, and the instance's setting.
"""

from urllib.parse import urlencode

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from analytics.languages import ENGLISH, LANGUAGES
from analytics.web.accounts.access import MACHINES, SHARED, person, signed_in
from analytics.web.language import gettext as _
from analytics.web.language import speak
from analytics.web.services import services

PARAMETER = "language"
"""In the address of a page, a code of ``LANGUAGES``."""

blueprint = Blueprint("reader", __name__)


def set_up(app: Flask) -> None:
    """Makes every page appear in its reader's language; programs get English."""
    app.before_request(lambda: speak(_chosen() or services().config.language if _for_people() else ENGLISH))
    app.after_request(_said)
    app.context_processor(lambda: {"languages": LANGUAGES, "in_language": _in_language})


@blueprint.route("/language", methods=["GET", "POST"])
def language() -> ResponseReturnValue:
    """The language of the signed-in person's pages, in any browser."""
    if request.method == "GET":
        return render_template("admin/language.html", chosen=services().control.people.language(person()))
    code = request.form.get("language", "")
    services().control.people.set_language(person(), code if code in LANGUAGES else "")
    speak(code if code in LANGUAGES else _asked() or services().config.language)
    flash(_("Pages are now in this language."))
    return redirect(url_for("reader.language"), 303)


def _for_people() -> bool:
    return request.endpoint not in MACHINES or request.endpoint in SHARED


def _chosen() -> str:
    """The language that the reader chose, in whatever way, or an empty string."""
    named = request.args.get(PARAMETER, "")
    if named in LANGUAGES:
        return named
    asks_who = request.endpoint and request.endpoint not in SHARED  # None: no such page
    known = signed_in() if asks_who else None
    return (services().control.people.language(known) if known else "") or _asked()


def _asked() -> str:
    """The language that the browser asks for, or an empty string."""
    knock = request.environ.get("footfall.knock")
    return services().door.language(knock, LANGUAGES) if knock is not None else ""


def _in_language(code: str) -> str:
    """The address of the current page in another language."""
    asked = {**request.args.to_dict(flat=False), PARAMETER: [code]}
    return f"{request.script_root}{request.path}?{urlencode(asked, doseq=True)}"


def _said(answer: Response) -> Response:
    """Tells caches that the page differs by language."""
    if answer.mimetype == "text/html" and request.endpoint not in MACHINES:
        answer.vary.add("Accept-Language")
    return answer
