"""For supervisors and load balancers: is the process alive, and can it do its work (R-20)?"""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from analytics.web.services import services

blueprint = Blueprint("health", __name__, url_prefix="/health")

_CAN_WAIT = frozenset({"upkeep"})
"""Parts without which events are stored and questions are answered all the same."""


@blueprint.get("/live")
def live() -> ResponseReturnValue:
    """200 as long as the process answers at all."""
    return jsonify(status="ok"), 200, {"Cache-Control": "no-store"}


@blueprint.get("/ready")
def ready() -> ResponseReturnValue:
    """200 if events can be stored, else 503; the body names each part and what is wrong with it."""
    parts = services().health()
    ill = {part for part, state in parts.items() if state != "ok"}
    status = 503 if ill - _CAN_WAIT else 200
    return jsonify(status="failing" if ill else "ok", parts=parts), status, {"Cache-Control": "no-store"}
