"""D47: everything that people read is in the catalogues, in every language, and a missing key is a red test."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader, nodes

from analytics.languages import ENGLISH, LANGUAGES
from analytics.panels import FORMS

OTHERS = [code for code in LANGUAGES if code != ENGLISH]
PLACEHOLDER = re.compile(r"%\(\w+\)s")
MARKUP = re.compile(r"</?[a-z]+[^>]*>|&[a-z]+;")
ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "dashboards" / "templates"
NAMES = ("Footfall", "WordPress")
"""Words that are the same in every language."""
READ = {"title", "aria-label", "placeholder", "alt", "label", "aria-description"}
"""Attributes that people read."""
NO_PROSE = {"script", "style", "code", "pre", "kbd", "svg", "textarea"}
ASKING = {"_", "gettext", "ngettext", "url_for"}
SENTENCE = re.compile(r"[A-Za-z’']{2,} [A-Za-z]{2,}|^[A-Z][a-z]{2,}")


# --- the catalogues ------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_has_its_translation(code: str, languages: ModuleType) -> None:
    """Red: run ``python docs/languages.py`` and translate what it lists."""
    assert languages.missing(code) == []


@pytest.mark.parametrize("code", OTHERS)
def test_the_catalogues_hold_nothing_that_nobody_asks_for(code: str, languages: ModuleType) -> None:
    """Red: run ``python docs/languages.py``."""
    held = {tuple(entry.id) if isinstance(entry.id, list | tuple) else entry.id for entry in languages.catalogue(code) if entry.id}
    assert held - set(languages.texts()) == set()


def forms(entry: Any) -> Iterator[tuple[str, str]]:
    """Each form of a translation with the English one that says what may be in it: a plural names the count, its singular may."""
    if isinstance(entry.id, str):
        yield entry.id, entry.string
    else:
        yield from ((entry.id[-1], text) for text in entry.string)


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_has_the_placeholders_and_the_markup_of_its_text(code: str, languages: ModuleType) -> None:
    wrong = []
    for entry in languages.catalogue(code):
        for english, said in forms(entry) if entry.id else ():
            placeholders = set(PLACEHOLDER.findall(english)), set(PLACEHOLDER.findall(said))
            plural = not isinstance(entry.id, str)
            if not (placeholders[1] <= placeholders[0] if plural else placeholders[1] == placeholders[0]):
                wrong.append(said)
            if sorted(MARKUP.findall(english)) != sorted(MARKUP.findall(said)):
                wrong.append(said)
    assert wrong == []


@pytest.mark.parametrize("code", OTHERS)
def test_every_translation_can_be_put_together(code: str, languages: ModuleType) -> None:
    """No lone per cent sign: templates put values into every text, also where there are none."""
    for entry in languages.catalogue(code):
        for english, said in forms(entry) if entry.id else ():
            values = dict.fromkeys((name[2:-2] for name in PLACEHOLDER.findall(english)), "1")
            assert all(text % values for text in (english, said))


def test_what_forms_of_panels_are_for_is_collected(languages: ModuleType) -> None:
    """They are rows of a table that the panel form and the list of forms say."""
    assert {form.meaning for form in FORMS.values()} <= languages.texts().keys()


# --- the templates -------------------------------------------------------------------------------------


class Prose(HTMLParser):
    """Collects the words of a template that stand in it as they are."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in NO_PROSE:
            self._inside.append(tag)
        self.found += [f'{name}="{value}"' for name, value in attrs if name in READ and worded(value or "") and not (value or "").strip().startswith("/")]

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside and worded(data):
            self.found.append(data.strip())


def worded(text: str) -> bool:
    text = re.sub(r'[a-z-]+="[^"]*"', "", text)  # of a macro that writes attributes
    for name in NAMES:
        text = text.replace(name, "")
    return re.search(r"[A-Za-z]{2,}", text) is not None


def skeleton(node: nodes.Node) -> str:
    """What the template says itself, with a blank for everything that is asked for or put in."""
    if isinstance(node, nodes.TemplateData):
        return node.data
    if isinstance(node, nodes.Expr):
        return " "
    if isinstance(node, nodes.Block) and node.name == "look":  # the class of the body
        return ""
    return "".join(skeleton(child) for child in node.iter_child_nodes())


def sentences(node: nodes.Node) -> Iterator[str]:
    """Texts in expressions that nobody asks the catalogue for."""
    if isinstance(node, nodes.Const) and isinstance(node.value, str) and SENTENCE.search(node.value) and node.value not in NAMES and "=" not in node.value:
        yield node.value
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in ASKING:
        return
    if isinstance(node, nodes.Compare | nodes.Test):
        return
    for child in node.iter_child_nodes():
        yield from sentences(child)


@pytest.mark.parametrize("name", sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")))
def test_a_template_holds_no_words_of_its_own(name: str) -> None:
    environment = Environment(loader=FileSystemLoader(TEMPLATES), extensions=["jinja2.ext.i18n"], autoescape=True)
    parsed = environment.parse((TEMPLATES / name).read_text(encoding="utf-8"))
    prose = Prose()
    prose.feed(skeleton(parsed))
    assert [*prose.found, *sentences(parsed)] == []


# --- the code ------------------------------------------------------------------------------------------


def calls(path: Path) -> Iterator[tuple[str, ast.expr | None]]:
    """Name of each function that a file calls, with the argument that people read."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""
            place = {"InvalidInput": 1, "flash": 0, "NotFound": 0, "_": 0, "gettext": 0, "ngettext": 0, "marked": 0}.get(name)
            if place is not None and len(node.args) > place:
                yield name, node.args[place]


@pytest.mark.parametrize("folder", ["analytics/web", "analytics/store/control", "analytics/domains.py"])
def test_no_message_is_put_together_where_it_is_raised(folder: str) -> None:
    """An f-string is in no catalogue: texts have ``%(name)s`` and are given the values. What is flashed is asked for."""
    place = ROOT / folder
    wrong = []
    for path in [place] if place.is_file() else sorted(place.rglob("*.py")):
        for name, text in calls(path):
            literal = isinstance(text, ast.Constant) and name == "flash"
            if isinstance(text, ast.JoinedStr) or literal:
                wrong.append(f"{path.relative_to(ROOT)}:{text.lineno}")
    assert wrong == []
