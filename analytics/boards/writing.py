"""Writes a dashboard's file as TOML the way a person would: a line for each field, lists in one line.

Reading it again gives the same dashboard. Comments are lost, since they are not part of what was read.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import tomli_w
from msgspec import to_builtins

from analytics.panels import Panel

Document = dict[str, Any]
"""A file as ``tomllib`` reads it."""

_TEXTS = re.compile(r'"""(?:\\.|[^\\])*?"""' r"|'''.*?'''" r'|"(?:\\.|[^"\\\n])*"' r"|'[^'\n]*'", re.DOTALL)


def written(document: Document) -> str:
    """The text of a file."""
    head = "".join(_lines({name: value for name, value in document.items() if not _blocks(name, value)}))
    blocks = [
        "[[panel]]\n" + "".join(_lines(block)) for name, value in document.items() if _blocks(name, value) for block in value
    ]
    return "\n".join(filter(None, [head, *blocks]))


def commented(text: str) -> bool:
    """Whether a TOML text contains comments, which are lost when it is written again."""
    return "#" in _TEXTS.sub("", text)


def block_of(panel: Panel) -> Document:
    """A panel as its block, without the fields that have their default."""
    return _other(to_builtins(panel), to_builtins(_PLAIN))


_PLAIN = Panel(name="", title="", form="")


def _other(found: Document, plain: Document) -> Document:
    """The fields that differ from their default, also inside ``query`` and ``details``."""
    parts = {name: _other(value, plain[name]) if isinstance(value, dict) else value for name, value in found.items()}
    return {name: value for name, value in parts.items() if value != ({} if isinstance(value, dict) else plain[name])}


def _blocks(name: str, value: Any) -> bool:
    return name == "panel" and isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)


def _lines(table: Mapping[str, Any]) -> Iterator[str]:
    for name, value in table.items():
        if isinstance(value, Mapping) and value:
            yield from (f"{_key(name)}.{_key(inner)} = {_value(each)}\n" for inner, each in value.items())
        else:
            yield f"{_key(name)} = {_value(value)}\n"


def _key(name: str) -> str:
    return tomli_w.dumps({name: 0}).removesuffix(" = 0\n")


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_key(name)} = {_value(each)}' for name, each in value.items())} }}" if value else "{}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(map(_value, value))}]"
    several = isinstance(value, str) and "\n" in value and "\r" not in value
    return tomli_w.dumps({"x": value}, multiline_strings=several).removeprefix("x = ").removesuffix("\n")
