"""The object that an application holds: its settings, what it counts, and where the events are sent."""

import atexit
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from analytics.client import asgi, wsgi
from analytics.client.event import Amount, Person, compose, path_of, person_of, referrer_of, url_of
from analytics.client.notices import Notices
from analytics.client.origin import PRIVATE, Origin
from analytics.client.outbox import Outbox, Tally
from analytics.client.post import Collector
from analytics.client.request import Answer, Exchange, Request, current
from analytics.client.rules import DOWNLOAD, NOT_FOUND, PAGEVIEW, Rules

_HERE = re.compile(r"localhost|([a-z0-9-]+\.)+localhost|127(\.\d{1,3}){3}|::1")
"""Hosts that are this machine: what is sent to them is not on a wire."""


@dataclass(kw_only=True, eq=False, repr=False)
class Footfall:
    """Counts an application's responses, and events of its own, on a Footfall server.

    Create one for each site when the application starts. Raises ValueError naming the setting if one is invalid; nothing
    else is ever raised into the application. Safe to use from several threads, and across a fork.
    """

    endpoint: str = ""
    """The server: ``https://stats.example.org``."""
    key: str = ""
    """An API key with the scope ``events``."""
    site: str = ""
    """The site's domain as it was set up on the server; empty: the host of the request."""
    enabled: bool = True
    """False: nothing is counted or sent, as in tests and on a developer's machine."""
    pages: bool = True
    """Count page views; False if the browser's script does."""
    files: Sequence[str] = ()
    """Paths whose responses are downloads, such as ``/downloads/*``."""
    not_found: bool = False
    """Count missing pages as the event ``404``."""
    exclude: Sequence[str] = ()
    """Paths that are not counted, such as ``/admin*``."""
    respect_gpc: bool = True
    """Leave out browsers that send ``Sec-GPC: 1``."""
    respect_dnt: bool = True
    """Leave out browsers that send ``DNT: 1``."""
    should_count: Callable[[Request], bool] | None = None
    """Called last, with what would be counted; False leaves it out."""
    trusted_proxies: Sequence[str] = PRIVATE
    """Networks of proxies whose forwarding headers are believed."""
    forwarded_header: str = ""
    """A header your proxy sets to the visitor's address; read before X-Forwarded-For and Forwarded."""
    allow_http: bool = False
    """Allow an endpoint without TLS on another machine, because the network between is yours alone."""
    queue_size: int = 10_000
    """The most events that wait while the server is away, about 1 kB each; beyond that the oldest are dropped."""
    batch_seconds: float = 1.0
    """How long events are collected before they are sent."""
    timeout: float = 10.0
    """Seconds to wait for the server."""
    exit_seconds: float = 3.0
    """Seconds to send what is still waiting when the process ends."""

    def __post_init__(self) -> None:
        self._check()
        self._notices = Notices()
        self._collector = Collector(self.endpoint, self.key)
        try:
            self._origin = Origin(self.trusted_proxies, self.forwarded_header)
        except ValueError as error:
            raise ValueError(f"trusted_proxies: {error}") from None
        self._rules = Rules(
            pages=self.pages, files=self.files, not_found=self.not_found, exclude=self.exclude,
            respect_gpc=self.respect_gpc, respect_dnt=self.respect_dnt, should_count=self.should_count,
        )  # fmt: skip
        self._outboxes: dict[int, Outbox] = {}
        atexit.register(self.close)

    # --- where it is put in -----------------------------------------------------------------------------

    def init_app(self, app: Any) -> None:
        """Counts the responses of a Flask application."""
        app.wsgi_app = self.wsgi(app.wsgi_app)
        app.extensions["footfall"] = self

    def wsgi(self, app: wsgi.Application) -> wsgi.Application:
        """A WSGI application that responds as ``app`` does and is counted."""
        return wsgi.CountedWSGI(app, self.begin) if self.enabled else app

    def asgi(self, app: asgi.Application) -> asgi.Application:
        """An ASGI application that responds as ``app`` does and is counted."""
        return asgi.CountedASGI(app, self.begin) if self.enabled else app

    # --- what is counted --------------------------------------------------------------------------------

    def begin(self, read: Callable[[Any], Request], native: Any) -> Exchange:
        """For adapters: a request has arrived. The caller reports on the returned exchange how it was answered and when it
        ended."""
        try:
            return Exchange(read(native), self._answered)
        except Exception as error:
            self._notices.failed("reading a request", error)
            return Exchange(None, self._answered)

    def event(
        self, name: str, props: Mapping[str, object] | None = None, *, revenue: tuple[Amount, str] | None = None,
        interactive: bool = True, url: str = "", visitor: str = "",
    ) -> None:  # fmt: skip
        """Counts an event of your own: ``event("Sign-up", {"plan": "large"}, revenue=("49.00", "EUR"))``.

        During a request the event belongs to that request's visitor and page. Elsewhere say whose it is: ``visitor`` is
        your own label for one person on one day, at most 200 characters, which is not stored. ``url`` is an address or a
        path of the site; by default the current page, or the site's front page. With ``interactive=False`` the visit
        remains a bounce.
        """
        if not self.enabled:
            return
        try:
            self._own_event(name, url, visitor, {"props": props, "revenue": revenue, "interactive": interactive})
        except Exception as error:
            self._notices.failed("counting an event", error)

    # --- its end ----------------------------------------------------------------------------------------

    def flush(self, seconds: float = 5.0) -> bool:
        """Sends what is waiting now. False if it was not all answered within so many seconds."""
        return self._outbox().flush(seconds)

    def close(self) -> None:
        """Sends what is waiting, for at most ``exit_seconds``. Called automatically when the process ends."""
        atexit.unregister(self.close)
        outbox = self._outboxes.get(os.getpid())
        if outbox:
            outbox.close(self.exit_seconds)

    def tally(self) -> Tally:
        """What has happened to the events of this process so far."""
        return self._outbox().tally()

    # ----------------------------------------------------------------------------------------------------

    def _check(self) -> None:
        if not self.enabled:
            return
        parts = urlsplit(self.endpoint)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
            raise ValueError("endpoint: write it such as https://stats.example.org")
        if parts.scheme == "http" and not self.allow_http and not _HERE.fullmatch(parts.hostname):
            raise ValueError(
                "endpoint: over http:// your visitors' addresses would travel in clear text. Write https://, or, if the "
                "network between is yours alone (containers of one machine), set allow_http"
            )
        if not self.key or not self.key.isascii() or not self.key.isprintable():
            raise ValueError("key: make one with: footfall key add --scope events")
        for name in ("files", "exclude", "trusted_proxies"):
            if isinstance(getattr(self, name), str):
                raise ValueError(f"{name}: give a list, not one text")
        if self.queue_size < 1:
            raise ValueError("queue_size: must be at least 1")

    def _outbox(self) -> Outbox:
        """The outbox of this process. After a fork the child starts with an empty one; the parent's, with its locks and its
        thread, stays the parent's."""
        pid = os.getpid()
        found = self._outboxes.get(pid)
        if found is None:
            fresh = Outbox(
                self._collector, most=self.queue_size, linger=self.batch_seconds, timeout=self.timeout, notices=self._notices
            )
            found = self._outboxes.setdefault(pid, fresh)  # at once, whichever thread is first
            for other in [other for other in self._outboxes if other != pid]:
                self._outboxes.pop(other, None)
        return found

    def _answered(self, request: Request, answer: Answer) -> None:
        if request.method != "GET":
            return
        try:
            self._count(request, self._rules.event(request, *answer()))
        except Exception as error:
            self._notices.failed("counting a request", error)

    def _count(self, request: Request, name: str) -> None:
        who = self._person(request) if name and request.host else {}
        if who:
            props = _PROPS[name](request)
            facts = {"props": props, "interactive": name != NOT_FOUND}
            self._put(request.at, name, url_of(request), who, request, facts)

    def _own_event(self, name: str, url: str, visitor: str, facts: Mapping[str, Any]) -> None:
        request = current()
        if request and self._rules.objects(request):
            return
        who = {"visitor": visitor} if visitor else self._person(request) if request else {}
        page = _address(request, self.site, url)
        if who and page:
            self._put(time.time(), name, page, who, request, facts)
        else:
            text = "an event outside of a request was not counted: say visitor, and url or site"
            self._notices.problem("events", "nobody", text)

    def _put(self, at: float, name: str, page: str, who: Person, request: Request | None, facts: Mapping[str, Any]) -> None:
        """Sends an own event, with the referrer: it may arrive before the page view of its visit."""
        referrer = referrer_of(request) if request else ""
        self._outbox().put(compose(at, name, page, who, self.site, referrer, **facts))

    def _person(self, request: Request) -> Person:
        return person_of(request, self._origin.address(request.peer, request.header))


_PROPS: dict[str, Callable[[Request], dict[str, object] | None]] = {
    PAGEVIEW: lambda _: None,
    DOWNLOAD: lambda request: {"url": url_of(request, query=False)},
    NOT_FOUND: lambda request: {"path": path_of(request), "from": referrer_of(request)},
}
"""What belongs to the events that are counted by themselves, as in our script."""


def _address(request: Request | None, site: str, url: str) -> str:
    """Where an own event happened; '' if that is unknown."""
    if "://" in url:
        return url
    if request and not url:
        return url_of(request)
    host = request.host if request else site
    return f"https://{host}/{url.lstrip('/')}" if host else ""
