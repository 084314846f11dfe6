"""Collects the texts that people read, and brings the catalogues of ``dashboards/languages`` up to date.

``python docs/languages.py`` (``make languages``) writes them: what is new is there without a translation, what is no longer
asked for is gone, what was translated stays. It prints what is missing. A test says so, too.
"""

import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from analytics.boards.reading import dashboards
from analytics.features import BESIDE, FEATURES, GTAG
from analytics.languages import ENGLISH, LANGUAGES
from analytics.model import REASONS
from analytics.panels import FORMS, Panel
from analytics.query.dimensions import DIMENSIONS
from analytics.query.metrics import METRICS
from analytics.robots import GROUPS
from analytics.store.control.keys import SCOPES
from analytics.store.control.texts import NAMED
from analytics.web.setup import site_form, sources

ROOT = Path(__file__).parent.parent
CATALOGUES = ROOT / "dashboards" / "languages"
TEMPLATES = ROOT / "dashboards" / "templates"
CODE = ("analytics/errors.py", "analytics/domains.py", "analytics/privacy/door.py", "analytics/store/control",
        "analytics/query", "analytics/web")  # fmt: skip
"""Files and folders whose texts reach people. What programs are told, and what is wrong with a file, is English."""

ASKED = {"_": None, "gettext": None, "ngettext": (1, 2), "marked": None, "trans": None}
"""Functions that ask for a text, and which of their arguments it is."""
RAISED = {"InvalidInput": (2,), "NotFound": (1,), "_refuse": (1,), "__init__": (1,)}
"""Errors whose texts the web asks for (``language.told``)."""

Text = str | tuple[str, str]
"""A text, or its singular and plural."""


def texts() -> dict[Text, str]:
    """Every text that is asked for -> where it is found first. One that is also the singular of another is that one: a
    catalogue has one place for both."""
    found: dict[Text, str] = {}
    for text, place in [*_of_templates(), *_of_code(), *_of_tables()]:
        if not isinstance(text, str) or text.strip():
            found.setdefault(text, place)
    singulars = {text[0] for text in found if not isinstance(text, str)}
    return {text: place for text, place in found.items() if text not in singulars}


def _of_templates() -> Iterator[tuple[Text, str]]:
    for file in sorted(TEMPLATES.rglob("*.html")):
        yield from _in(file, "jinja2.ext:babel_extract", ASKED, {"trimmed": "true", "silent": "false"})


def _of_code() -> Iterator[tuple[Text, str]]:
    for name in CODE:
        place = ROOT / name
        for file in [place] if place.is_file() else sorted(place.rglob("*.py")):
            yield from _in(file, "python", ASKED | RAISED, {})


def _in(
    file: Path, method: str, keywords: dict[str, tuple[int, ...] | None], options: dict[str, str]
) -> Iterator[tuple[Text, str]]:
    source = BytesIO(file.read_bytes())
    for line, text, _comments, _context in extract(method, source, keywords, options=options):  # type: ignore[arg-type]
        yield text, f"{file.relative_to(ROOT)}:{line}"


def _of_tables() -> Iterator[tuple[Text, str]]:
    """Texts that are data: they are asked for where they are shown."""
    for metric in METRICS.values():
        yield from ((text, "analytics/query/metrics.py") for text in (metric.label, metric.definition))
    for dimension in DIMENSIONS.values():
        yield from ((text, "analytics/query/dimensions.py") for text in (dimension.label, dimension.definition))
    yield from ((text, "analytics/model.py") for text in REASONS.values())
    yield from ((text, "analytics/features.py") for each in (*FEATURES, *BESIDE, GTAG) for text in (each.label, each.hint))
    yield from ((text, "analytics/robots.py") for group, sentence in GROUPS.items() for text in (group, sentence))
    yield from ((text, "analytics/store/control/keys.py") for text in SCOPES.values())
    yield from ((text, "analytics/store/control/texts.py") for pair in NAMED.values() for text in pair)
    yield from ((text, "analytics/web/setup/sources.py") for pair in sources.KINDS.values() for text in pair)
    yield from ((text, "analytics/web/setup/site_form.py") for text in _of_settings())
    yield from ((form.meaning, "analytics/panels.py") for form in FORMS.values())
    yield from ((text, "dashboards/*.toml") for text in _of_panels())


def _of_settings() -> Iterable[str]:
    for group in site_form.GROUPS:
        yield from (group.title, group.hint)
        for field in group.fields:
            yield from (field.label, field.hint, *(text for _value, *words in field.choices for text in words))


def _of_panels() -> Iterable[str]:
    shelf = dashboards(ROOT / "dashboards")
    yield from (board.title for board in shelf)
    for board in (*shelf, *dashboards(ROOT / "dashboards" / "realtime")):
        for panel in board.entries:
            if isinstance(panel, Panel):
                yield from (panel.title, panel.note, panel.text)


def catalogue(code: str) -> Catalog:
    """The catalogue of a language as it is kept; empty where there is none yet."""
    path = CATALOGUES / f"{code}.po"
    if not path.exists():
        return Catalog(locale=code)
    with path.open("rb") as source:
        return read_po(source, locale=code)


def updated(code: str) -> Catalog:
    """The catalogue with every text that is asked for, and no other."""
    kept, fresh = catalogue(code), Catalog(locale=code, project="Footfall", fuzzy=False)
    for text in sorted(texts(), key=str):
        known = kept.get(text if isinstance(text, str) else text[0])
        fits = known is not None and isinstance(text, str) == isinstance(known.id, str)
        fresh.add(text, known.string if known and fits else None)
    return fresh


def missing(code: str) -> list[str]:
    """The texts that the catalogue has no translation for."""
    kept = catalogue(code)
    found = []
    for text in texts():
        known = kept.get(text if isinstance(text, str) else text[0])
        said = (known.string if isinstance(known.string, tuple | list) else (known.string,)) if known else ("",)
        if not all(said) or (known and (known.fuzzy or isinstance(text, tuple) != isinstance(known.id, tuple | list))):
            found.append(str(text))
    return found


def write(code: str) -> None:
    """Writes the catalogue anew, by the text, so that two changes rarely meet."""
    text = BytesIO()
    write_po(text, updated(code), width=120, no_location=True, omit_header=True, sort_output=True)
    (CATALOGUES / f"{code}.po").write_bytes(text.getvalue().rstrip() + b"\n")


def main() -> None:
    """Writes all catalogues and prints what each lacks."""
    CATALOGUES.mkdir(exist_ok=True)
    for code in LANGUAGES:
        if code != ENGLISH:
            write(code)
            lacking = missing(code)
            sys.stdout.write("".join(f"{code}: {text}\n" for text in lacking) or f"{code}: complete\n")


if __name__ == "__main__":
    main()
