"""How gunicorn runs Footfall. Loaded by ``footfall serve`` and by ``gunicorn -c gunicorn.conf.py``.

One worker, on purpose: a DuckDB file has exactly one owner, and the keys and the visitor map live in one
process's memory. A second worker would fail on the lock and count every visitor again.
"""

import os
import sys

from analytics.config import load

_settings = load()
_REASON = (
    "Footfall runs in exactly one worker: only one process can open its DuckDB files, and visitors are told apart in "
    "its memory. One worker handles thousands of events a second; remove {} (docs/decisions/0001-one-process.md)."
)

bind = _settings.bind
wsgi_app = "analytics.asgi:application"
worker_class = "analytics.serving.Worker"  # uvicorn
workers = 1
keepalive = 5
graceful_timeout = 10
timeout = 60
umask = 0o077
accesslog = None  # an access log would hold addresses
errorlog = "-"
capture_output = True  # with --error-log FILE everything is in that file, which SIGUSR1 reopens
loglevel = "warning"
control_socket_disable = True
proxy_protocol = False
forwarded_allow_ips = ""  # the door decides whom to believe
proc_name = "footfall"


def on_starting(server):
    """Refuses more than one worker, whoever asked for it."""
    if server.cfg.workers != 1:
        _refuse(f"-w {server.cfg.workers}")


def _refuse(what):
    print(f"footfall: {_REASON.format(what)}", file=sys.stderr)  # noqa: T201
    sys.exit(1)


if os.environ.get("WEB_CONCURRENCY", "1") != "1":
    _refuse(f"WEB_CONCURRENCY={os.environ['WEB_CONCURRENCY']}")
