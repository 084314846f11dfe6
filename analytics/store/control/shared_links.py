"""A site's shared links: created, found by their token, changed, revoked."""

import re
from datetime import timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from analytics.checks import Checks
from analytics.clock import Clock
from analytics.domains import normalised
from analytics.errors import InvalidInput, NotFound
from analytics.languages import marked
from analytics.site import SharedLink, Site
from analytics.store.control import passwords, tokens
from analytics.store.control.audit import Audit
from analytics.store.control.database import Database
from analytics.store.control.lookup import by_id
from analytics.store.control.sites import require_site
from analytics.store.control.texts import checked_name, plain_text, shown
from analytics.store.control.throttle import Throttle

_MOST_LINKS = 200
_MOST_ENTRIES = 100
_MOST_DAYS = 3660
_LONGEST = 64 * 1024
"""Bytes of what one link shows."""
_NO_EMBEDS = marked("A password-protected view cannot be embedded in other pages, because it needs a cookie")
_COLUMNS = ("id", "name", "token")
"""What of a link has a column of its own; the rest is one JSON object."""
_ALL = "SELECT id, name, token, shows FROM shared_links WHERE site = ? ORDER BY id"
_FIND = "SELECT id, name, token, shows, digest, site FROM shared_links WHERE digest = ?"
_ADD = "INSERT INTO shared_links (site, name, token, digest, password, shows) VALUES (?, ?, ?, ?, ?, ?)"
_CHANGE = "UPDATE shared_links SET name = ?, password = ?, shows = ? WHERE id = ?"


class SharedLinks:
    """The shared links of all sites. The caller must make sure that their filters are valid; the query language is not
    known here. Safe to use from several threads."""

    def __init__(self, database: Database, audit: Audit, clock: Clock) -> None:
        self._database, self._audit = database, audit
        self._throttle = Throttle(clock)

    def all(self, site: Site) -> list[SharedLink]:
        """The site's links, by id."""
        return [_link(row) for row in self._database.execute(_ALL, (site.id,))]

    def find(self, token: str) -> tuple[str, SharedLink] | None:
        """The id of the site and the link with this token, or None; takes the same time either way."""
        rows = self._database.execute(_FIND, (tokens.digest(token),))
        found = tokens.matches(rows[0][4] if rows else None, token)
        return (rows[0][5], _link(rows[0][:4])) if found else None

    def put(self, site: Site, link: SharedLink, password: str = "", *, by: str) -> SharedLink:
        """Saves a link and returns it as saved: as a new one, with a new token, if its ``id`` is 0; else in place of the
        one with that id, which keeps its token. An empty ``password`` leaves the stored one in place.

        Raises InvalidInput naming the field or ``password``; NotFound if the site or the link does not exist.
        """
        with self._database.transaction():
            require_site(self._database, site)
            before = self.require(site, link.id) if link.id else None
            kept = self.checked(site, link, password)
            hashed = self._hashed(kept, password)
            shows = _encoded(kept)
            if before:
                self._database.execute(_CHANGE, (kept.name, hashed, shows, kept.id))
            else:
                token = tokens.new()
                self._database.execute(_ADD, (site.id, kept.name, token, tokens.digest(token), hashed, shows))
            self._audit.note(by, f"shared link {'changed' if before else 'made'}", f"{site.domain}: {kept.name}")
            return next(each for each in self.all(site) if each.name == kept.name)

    def checked(self, site: Site, link: SharedLink, password: str = "") -> SharedLink:
        """The link as ``put`` would save it. Raises InvalidInput naming every wrong field."""
        others = [each for each in self.all(site) if each.id != link.id]
        with Checks() as check:
            kept = check(_checked, link, others, instead=link)
            check(self._check_password, site, kept, password)
            check(_encoded, kept)
        return kept

    def remove(self, site: Site, link_id: int, *, by: str) -> None:
        """Revokes the link, which stops working at once. Raises NotFound."""
        with self._database.transaction():
            gone = self.require(site, link_id)
            self._database.execute("DELETE FROM shared_links WHERE id = ?", (link_id,))
            self._audit.note(by, "shared link revoked", f"{site.domain}: {gone.name}")

    def require(self, site: Site, link_id: int) -> SharedLink:
        """The site's link with this id. Raises NotFound."""
        return by_id(self.all(site), link_id, NotFound("This link does not exist; it may have been revoked"))

    def opens(self, link: SharedLink, password: str) -> bool:
        """Whether this is the link's password. Raises TooManyAttempts."""
        account = str(link.id)
        self._throttle.attempt(account)
        right = passwords.matches(self._password(link.id), password)
        if right:
            self._throttle.forget(account)
        return right

    def lock(self, link: SharedLink) -> bytes:
        """A value that changes with the link's password: whoever entered an old password has to enter the new one."""
        return tokens.digest(f"{link.id} {self._password(link.id)}")

    def _password(self, link_id: int) -> str | None:
        rows = self._database.execute("SELECT password FROM shared_links WHERE id = ?", (link_id,))
        found: str | None = rows[0][0] if rows else None
        return found

    def _check_password(self, site: Site, link: SharedLink, password: str) -> None:
        if link.kind == "password" and password:
            passwords.checked(password, (site.domain, link.name))
        elif link.kind == "password" and self._password(link.id) is None:
            raise InvalidInput("password", "Choose a password for this link")

    def _hashed(self, link: SharedLink, password: str) -> str | None:
        if link.kind != "password":
            return None
        return passwords.hashed(password) if password else self._password(link.id)


def _link(row: tuple[Any, ...]) -> SharedLink:
    columns = dict(zip(_COLUMNS, row[:3], strict=True))
    return msgspec.convert({**msgspec.json.decode(row[3]), **columns}, SharedLink)


def _encoded(link: SharedLink) -> str:
    shows = {name: value for name, value in msgspec.to_builtins(link).items() if name not in _COLUMNS}
    encoded = msgspec.json.encode(shows)
    if len(encoded) > _LONGEST:
        raise InvalidInput(
            "filters", "This link has too many settings: at most %(longest)s KiB can be saved", longest=_LONGEST // 1024
        )
    return encoded.decode()


def _checked(link: SharedLink, others: list[SharedLink]) -> SharedLink:
    """The link with every entry in canonical form. Raises InvalidInput naming the field."""
    with Checks() as check:
        kept = replace(
            link,
            name=check(_name, link, others, instead=link.name),
            sections=check(_texts, "sections", link.sections, instead=()),
            panels=check(_texts, "panels", link.panels, instead=()),
            hosts=check(_hosts, link, instead=()),
        )
        check(_check_kind, link, others)
        check(_check_counter, link)
        check(_check_days, link)
        check(_check_order, link)
    return kept


def _name(link: SharedLink, others: list[SharedLink]) -> str:
    if len(others) >= _MOST_LINKS:
        raise InvalidInput("name", "A site can have at most %(most)s shared links; revoke one first", most=_MOST_LINKS)
    return checked_name(link.name, [each.name for each in others], "link", "The board or Readers of the blog")


def _hosts(link: SharedLink) -> tuple[str, ...]:
    hosts = tuple(dict.fromkeys(_host(host) for host in link.hosts if host.strip()))
    if link.kind == "password" and hosts:
        raise InvalidInput("hosts", _NO_EMBEDS)
    return hosts


def _check_counter(link: SharedLink) -> None:
    if link.kind == "password" and link.counter:
        raise InvalidInput("counter", _NO_EMBEDS)


def _check_kind(link: SharedLink, others: list[SharedLink]) -> None:
    if link.kind == "public" and any(each.kind == "public" for each in others):
        raise InvalidInput("kind", "A site can have only one public view, and this one already has it: edit that one")


def _check_days(link: SharedLink) -> None:
    if not 0 <= link.days <= _MOST_DAYS:
        raise InvalidInput("days", "Enter a number of days between 1 and %(most)s", most=_MOST_DAYS)
    if link.days and (link.first or link.last):
        raise InvalidInput("days", "Choose either a number of recent days or dates, not both")


def _check_order(link: SharedLink) -> None:
    if link.first and link.last and link.last - link.first < timedelta(0):
        raise InvalidInput("last", "The last day is before the first")


def _texts(field: str, entries: tuple[str, ...]) -> tuple[str, ...]:
    if len(entries) > _MOST_ENTRIES:
        raise InvalidInput(field, "Enter at most %(most)s entries", most=_MOST_ENTRIES)
    return tuple(dict.fromkeys(plain_text(field, entry.strip()) for entry in entries if entry.strip()))


def _host(text: str) -> str:
    """The host as content security policies write it. Raises InvalidInput naming ``hosts``."""
    text = text.strip()
    wildcard = "*." if text.startswith("*.") else ""
    try:
        host = normalised(text.removeprefix(wildcard))
    except InvalidInput as problem:
        raise InvalidInput("hosts", "“%(text)s”: %(problem)s", text=shown(text), problem=problem) from None
    if not re.fullmatch(r"[a-z0-9_.-]+(?::[0-9]{1,5})?", host):
        raise InvalidInput(
            "hosts", "“%(text)s” cannot be used in a content security policy; enter a host name", text=shown(text)
        )
    return wildcard + host
