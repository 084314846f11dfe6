"""docs/beacon.md against the code: every feature, every option, and examples that are what the code makes."""

import re
from pathlib import Path

from analytics.features import FEATURES, NAMES
from analytics.snippet import pinned_tag, tag
from tests.journey.test_beacon_options import STUB


def _row(page: str, first: str) -> list[str]:
    return re.findall(rf"^\| {re.escape(first)} \|.*$", page, re.MULTILINE)


def test_every_feature_is_explained(pages: dict[str, str]) -> None:
    """Once, in the table, by the name that settings and the API use; there is no other."""
    listed = re.findall(r"^\| `(\w+)` \| ", pages["docs/beacon.md"].partition("## Optional features")[2].partition("### ")[0], re.MULTILINE)
    assert listed == list(NAMES)


def test_every_option_that_the_script_reads_is_explained(pages: dict[str, str], root: Path) -> None:
    """As an attribute of the tag, for init, or both."""
    script = (root / "static/js/beacon.js").read_text(encoding="utf-8")
    destructured = re.findall(r"let \{ ([^}]+) \} = options", script)
    read = set(re.findall(r"options\.(\w+)", script)) | set(re.findall(r"(\w+) = ", " ".join(destructured)))
    table = pages["docs/beacon.md"].partition("## Options")[2].partition("\n## ")[0]
    assert {"domain", "hash", "transformRequest", "excludeProps", "files"} <= read
    assert sorted(name for name in read if not re.search(rf"^\|[^|]*\| `{name}\b", table, re.MULTILINE)) == []


def test_what_needs_a_feature_names_one_that_there_is(pages: dict[str, str]) -> None:
    table = pages["docs/beacon.md"].partition("## Options")[2].partition("\n## ")[0]
    needed = set(re.findall(r"^\|[^|]*\|[^|]*\| `(\w+)` \|", table, re.MULTILINE))
    assert needed == {"options", "exclusions", "downloads"}
    assert needed <= {feature.name for feature in FEATURES}


def test_every_event_that_the_script_names_is_explained(pages: dict[str, str], root: Path) -> None:
    script = (root / "static/js/beacon.js").read_text(encoding="utf-8")
    for name in ("Outbound Link: Click", "File Download", "Form: Submission", "404"):
        assert f'"{name}"' in script
        assert f"`{name}`" in pages["docs/beacon.md"]


def test_the_usual_kinds_of_files_are_those_of_the_script(pages: dict[str, str], root: Path) -> None:
    """Each of the page's list is matched by the script's pattern, and nothing that is a page's ending."""
    (pattern,) = re.findall(r'options\.files \|\| "([^"]+)"', (root / "static/js/beacon.js").read_text(encoding="utf-8"))
    (listed,) = re.findall(r"instead of the usual ones: ([\w ]+) \|", pages["docs/beacon.md"])
    assert [kind for kind in listed.split() if not re.fullmatch(pattern, kind)] == []
    assert [kind for kind in ("html", "php", "htm", "aspx", "js", "com") if re.fullmatch(pattern, kind)] == []


def test_the_lines_to_copy_are_those_that_the_service_shows(pages: dict[str, str]) -> None:
    page = pages["docs/beacon.md"]
    assert tag("example.org", "https://stats.example.org") in page
    pinned = pinned_tag("example.org", "https://stats.example.org", "js/footfall", "3f1c5a9b7d20", "sha384-…")
    assert pinned in " ".join(page.split())
    assert "".join(STUB.split()) in "".join(page.split())
