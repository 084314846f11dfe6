"""Where the files shipped with the package are: templates, static files, and what the build made.

In a checkout they are top-level folders beside the package; in an installed wheel they are inside it.
"""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def folder(name: str) -> Path:
    """The folder ``dashboards``, ``static`` or ``built``. ``built`` is made by the build, in the package."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name
