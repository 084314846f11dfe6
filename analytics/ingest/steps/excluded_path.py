"""Refuses the pages that the owner excluded."""

from functools import lru_cache

from analytics import paths
from analytics.ingest.hit import Hit
from analytics.model import Reason
from analytics.site import SiteSettings


def excluded_path(hit: Hit) -> Reason | None:
    """Refuses a page that matches one of the site's patterns with EXCLUDED_PATH. A pattern follows the site's rules just as
    the page does: where case makes no difference, it makes none here; where ``/a`` and ``/a/`` are one page, ``/a/*``
    matches it, however it was sent."""
    settings = hit.site.settings
    if settings.excluded_paths:
        patterns = _by_rules(settings.excluded_paths, settings.trailing_slash, settings.case_sensitive)
        names = (hit.path,) if settings.trailing_slash else (hit.path, hit.path + "/")
        if any(matches(pattern, name) for pattern in patterns for name in names):
            return Reason.EXCLUDED_PATH
    return None


@lru_cache(maxsize=1024)
def _by_rules(patterns: tuple[str, ...], trailing_slash: bool, case_sensitive: bool) -> tuple[str, ...]:
    settings = SiteSettings(trailing_slash=trailing_slash, case_sensitive=case_sensitive)
    return tuple(paths.by_rules(pattern, settings) for pattern in patterns)


def matches(pattern: str, path: str) -> bool:
    """Whether ``pattern``, in which ``*`` stands for any run of characters, matches the whole of ``path``. Takes time
    proportional to the path, whatever the pattern; not a regular expression, because a stranger chooses the path."""
    first, *rest = pattern.split("*")
    if not rest:
        return path == first
    last = rest.pop()
    if len(path) < len(first) + len(last) or not path.startswith(first) or not path.endswith(last):
        return False
    position, end = len(first), len(path) - len(last)
    for part in rest:
        position = path.find(part, position, end)
        if position < 0:
            return False
        position += len(part)
    return True
