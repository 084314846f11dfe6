"""Leaves out the pages that the owner excluded."""

from analytics.ingest.hit import Hit
from analytics.model import Reason


def excluded_path(hit: Hit) -> Reason | None:
    """Refuses with EXCLUDED_PATH a page that one of the site's patterns matches."""
    patterns = hit.site.settings.excluded_paths
    if patterns and any(matches(pattern, hit.path) for pattern in patterns):
        return Reason.EXCLUDED_PATH
    return None


def matches(pattern: str, path: str) -> bool:
    """Whether ``pattern``, in which ``*`` stands for any run of characters, is the whole of ``path``.

    Takes time in proportion to the path, whatever the pattern: no regular expression, because the path is a
    stranger's.
    """
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
