"""Changes of a dashboard's file, as the editor offers them. Pure: arguments are never modified.

A file that extends a built-in dashboard contains only what differs from it, so that it follows later versions.
"""

from collections.abc import Sequence

from analytics.boards.reading import Dashboard, ordered
from analytics.boards.writing import Document, block_of
from analytics.panels import Panel


def begun(base: Dashboard) -> Document:
    """The file with which editing a built-in dashboard begins."""
    return {"extends": base.name}


def copied(dashboard: Dashboard) -> Document:
    """A file that contains all panels of a dashboard and extends none."""
    head: Document = {"title": dashboard.title, "sites": list(dashboard.sites)}
    return {**_without_empty(head), "panel": [block_of(panel) for panel in dashboard.panels]}


def headed(document: Document, base: Dashboard | None, *, title: str, sites: Sequence[str]) -> Document:
    """The file with this title, which is left out if it equals the built-in one's, and for these sites."""
    head: Document = {"title": "" if base and title == base.title else title, "sites": list(sites)}
    rest = {name: value for name, value in document.items() if name not in head}
    return {**_without_empty(head), **rest}


def arranged(document: Document, base: Dashboard | None, order: Sequence[str]) -> Document:
    """The file with the panels in this order. A panel that is not named stays behind the one that precedes it."""
    if base:
        own = _names(document)
        natural = [
            name for name in dict.fromkeys([*(panel.name for panel in base.panels), *own]) if name not in _hidden(document)
        ]
        return _set(document, "order", [] if ordered(natural, order) == natural else ordered(natural, order))
    blocks = dict(zip(_names(document), document.get("panel", []), strict=True))
    return {**document, "panel": [blocks[name] for name in ordered(list(blocks), order)]}


def without(document: Document, base: Dashboard | None, name: str) -> Document:
    """The file without this panel; a panel of the built-in dashboard is hidden."""
    kept = restored(document, name)
    hidden = [*_hidden(document), name] if base and any(panel.name == name for panel in base.panels) else _hidden(document)
    order = [each for each in document.get("order", []) if each != name]
    return _set(_set(kept, "hide", list(dict.fromkeys(hidden))), "order", order)


def unhidden(document: Document, name: str) -> Document:
    """The file with this panel of the built-in dashboard shown again."""
    return _set(document, "hide", [each for each in _hidden(document) if each != name])


def restored(document: Document, name: str) -> Document:
    """The file without the block of this name, so that the built-in dashboard's panel applies again."""
    blocks = [block for place, block in zip(_names(document), document.get("panel", []), strict=True) if place != name]
    return _set(document, "panel", blocks)


def put(document: Document, base: Dashboard | None, panel: Panel) -> Document:
    """The file with this panel, in place of the one with its name or after all others. A panel equal to the built-in
    dashboard's needs no block."""
    if base and panel in base.panels:
        return unhidden(restored(document, panel.name), panel.name)
    blocks, names = list(document.get("panel", [])), _names(document)
    if panel.name in names:
        blocks[names.index(panel.name)] = block_of(panel)
    else:
        blocks.append(block_of(panel))
    return unhidden(_set(document, "panel", blocks), panel.name)


def _names(document: Document) -> list[str]:
    """What identifies each block: its name, or its position if it has none."""
    found: list[str] = []
    for place, block in enumerate(document.get("panel", [])):
        name = block.get("name") if isinstance(block, dict) else None
        found.append(name if isinstance(name, str) and name not in found else f"#{place}")
    return found


def _hidden(document: Document) -> list[str]:
    return list(document.get("hide", []))


def _set(document: Document, name: str, value: list[object] | list[str]) -> Document:
    """Sets a list of the file, before its blocks; an empty list is left out."""
    rest = {key: each for key, each in document.items() if key not in (name, "panel")}
    blocks = value if name == "panel" else document.get("panel", [])
    return _without_empty({**rest, **({} if name == "panel" else {name: value}), "panel": blocks})


def _without_empty(document: Document) -> Document:
    return {name: value for name, value in document.items() if value not in ("", [])}
