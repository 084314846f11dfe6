"""For supervisors and load balancers: is the process alive, and can it do its work? Tells the truth (R-20)."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from analytics.web.services import services

blueprint = Blueprint("health", __name__, url_prefix="/health")


@blueprint.get("/live")
def live() -> ResponseReturnValue:
    """200 as long as the process answers at all."""
    return jsonify(status="ok"), 200, {"Cache-Control": "no-store"}


@blueprint.get("/ready")
def ready() -> ResponseReturnValue:
    """200 when every part works, 503 when one does not; the body names each part and what is wrong with it."""
    parts = services().health()
    ok = all(state == "ok" for state in parts.values())
    return jsonify(status="ok" if ok else "failing", parts=parts), 200 if ok else 503, {"Cache-Control": "no-store"}
