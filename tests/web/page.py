"""A dashboard as a browser without JavaScript gets it: what the tests of its parts read it by."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

TODAY = date(2026, 9, 21)
"""The clock of the fixtures stands at 16:13:20 in Berlin on this day."""

Visit = Callable[..., None]


def _spaced(texts: list[str]) -> str:
    """As a browser shows it; a no-break space stays what it is."""
    return re.sub(r"[ \n]+", " ", "".join(texts)).strip(" ")


class Page(HTMLParser):
    """What is on a page: elements with their attributes and the text in each."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.rows: list[list[str]] = []
        self._cell: list[str] | None = None
        self.feed(html.replace("<wbr>", ""))  # a place to break a line is no part of a text

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self._cell = []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._cell is not None:
            self.rows[-1].append(_spaced(self._cell))
            self._cell = None

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self._cell is not None:
            self._cell.append(data)

    @property
    def text(self) -> str:
        return _spaced(self.texts)

    def links(self) -> Iterator[str]:
        """Addresses of all links."""
        return (attributes["href"] for tag, attributes in self.elements if tag == "a")

    def state(self) -> list[list[tuple[str, str]]]:
        """The parameters of every link that stays on this dashboard."""
        return [parse_qsl(urlsplit(link).query) for link in self.links() if link.startswith("/example.org?")]


def told(page: Page, head: str, then: str = "") -> list[list[str]]:
    """The rows of the last table whose columns are called so, without the links behind each value."""
    start = max(number for number, row in enumerate(page.rows) if row[:1] == [head] and then in ("", *row)) + 1
    rest, heads = page.rows[start:], {"Visitors", "Unique conversions", "Events", "Dropped"}
    end = next((number for number, row in enumerate(rest) if len(row) != len(page.rows[start - 1]) or heads & {*row}), len(rest))
    plain = [[cell.replace("\N{NARROW NO-BREAK SPACE}", " ") for cell in row] for row in rest[:end]]
    return [[re.sub(r" ?(open|exclude) .*", "", row[0]), *row[1:]] for row in plain]
