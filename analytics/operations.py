"""What the commands do, whoever carries them out: the running service, or the command itself when none runs.

Each operation takes the instance's services and plain JSON values, and returns plain JSON values.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import to_builtins

from analytics.errors import FootfallError
from analytics.snippet import tag
from analytics.web.auth import reset_link
from analytics.web.services import Services

Operation = Callable[..., Any]


def add_site(parts: Services, domain: str, timezone: str) -> dict[str, str]:
    """Adds a site; returns its domain and the tag for its pages."""
    site = parts.control.add_site(domain, timezone)
    return {"domain": site.domain, "snippet": tag(site.domain, parts.config.base_url, site.settings.script)}


def list_sites(parts: Services) -> list[dict[str, str]]:
    """Every site with its zone."""
    return [{"domain": site.domain, "timezone": site.timezone} for site in parts.control.sites()]


def add_key(parts: Services, site: str | None, scopes: Sequence[str], name: str) -> str:
    """Makes an API key and returns its text, which cannot be shown again."""
    return parts.control.add_key(parts.control.site(site) if site else None, scopes, name)


def query(parts: Services, question: Mapping[str, Any]) -> Any:
    """Answers a question in the language of the Stats API, ``site_id`` included."""
    asked = dict(question)
    domain = asked.pop("site_id", None)
    if not isinstance(domain, str):
        raise FootfallError('the question needs a "site_id": the domain of a site')
    return to_builtins(parts.answers.answer(parts.control.site(domain), asked))


def rebuild(parts: Services, site: str) -> None:
    """Derives everything derived anew from a site's events."""
    parts.store.rebuild(parts.control.site(site))


OPERATIONS: dict[str, Operation] = {
    "site add": add_site,
    "site list": list_sites,
    "key add": add_key,
    "person reset-password": reset_link,
    "query": query,
    "rebuild": rebuild,
}
