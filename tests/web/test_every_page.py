"""D47: no page says anything that it did not ask the catalogue for."""

import re
from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient

from analytics.languages import LANGUAGES
from analytics.site import Site
from analytics.web import language
from analytics.web.accounts.access import MACHINES

SAME = {"Footfall", "WordPress", "Ada", "UTC", "Esc", *LANGUAGES.values()}
"""Names, and keys of a keyboard."""
LISTS_NAMES = {"sources.page", "sources.add"}
"""Pages with names of sources by the hundred."""
WRITTEN = {"title", "aria-label", "placeholder", "alt"}
MEANT_FOR_MACHINES = {"script", "style", "code", "pre", "bdi", "textarea", "small", "option"}


class Bracketed:
    """A catalogue whose translations are known by their brackets."""

    def gettext(self, text: str) -> str:
        return f"⟦{text}⟧"

    def ngettext(self, one: str, many: str, count: int) -> str:
        return f"⟦{one if count == 1 else many}⟧"


class Words(HTMLParser):
    """The words of a page, in attributes as well."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = [""]
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in MEANT_FOR_MACHINES:
            self._inside.append(tag)
        self.pieces[1:1] = [value or "" for name, value in attrs if name in WRITTEN]

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()
        self.pieces[0] += "\n"

    def handle_data(self, data: str) -> None:
        self.pieces[0] += "" if self._inside else data


def unasked(page: str) -> set[str]:
    """What stands outside of all brackets and is no figure, day, address or name."""
    words = Words()
    words.feed(page)
    found = set()
    for piece in words.pieces:
        rest, before = piece, ""
        while rest != before:
            before, rest = rest, re.sub(r"⟦[^⟦⟧]*⟧", "", rest)
        found |= {line.strip(" ·:‹›\t") for line in rest.splitlines() if re.search(r"[A-Za-z]{3,}", line)}
    return {line for line in found if not re.search(r"[0-9/]|\.(example|org)", line)} - SAME


def test_every_page_asks_for_all_that_it_says(
    app: Flask, signed_in_client: FlaskClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language, "_catalogue", lambda _code: Bracketed())
    with app.test_request_context():
        adapter = app.url_map.bind("stats.example.org")
        addresses = {
            rule.endpoint: adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, "example.org"))
            for rule in app.url_map.iter_rules()
            if "GET" in (rule.methods or ()) and rule.arguments <= {"domain"} and rule.endpoint not in MACHINES.keys() | LISTS_NAMES
        }
    said = {}
    for endpoint, address in addresses.items():
        answer = signed_in_client.get(address)
        if answer.mimetype == "text/html" and answer.status_code == 200:
            said[endpoint] = unasked(answer.text)
    assert len(said) > 15
    assert {endpoint: words for endpoint, words in said.items() if words} == {}
