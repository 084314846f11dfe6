"""A dashboard that is only for some sites is still there when one of them is called otherwise."""

from pathlib import Path

from analytics.boards.owned import OwnDashboards
from analytics.boards.renamed import follow
from analytics.site import FormerDomain, Site

RENAMED = Site(id="1", domain="new.example", former_domains=(FormerDomain("example.org", 1_000),))
FILE = """\
# for Ada
title = "Shop"
sites = [
    'www.Example.org',  # the shop
    "other.example",
]
[[panel]]
name = "example"
title = "example.org"
form = "number"
"""


def test_the_list_of_sites_alone_is_changed(tmp_path: Path) -> None:
    """Comments, and the name where it stands for something else, stay."""
    own = OwnDashboards(tmp_path)
    own.put("shop", FILE, "")
    follow(own, [RENAMED, Site(id="2", domain="other.example")])
    text = own.text("shop")
    assert text == FILE.replace("'www.Example.org'", '"new.example"').encode()
    follow(own, [RENAMED])
    assert own.text("shop") == text


def test_what_names_no_renamed_site_or_cannot_be_read_is_left_alone(tmp_path: Path) -> None:
    own = OwnDashboards(tmp_path)
    files = {"all": b'title = "example.org"\n', "other": b'sites = ["other.example", "not a domain"]\n', "broken": b'sites = ["\xff"]\n'}
    for name, text in files.items():
        (tmp_path / f"{name}.toml").write_bytes(text)
    (tmp_path / "Not a name.toml").write_bytes(b'sites = ["example.org"]\n')
    follow(own, [RENAMED])
    assert {name: own.text(name) for name in files} == files
    assert (tmp_path / "Not a name.toml").read_bytes() == b'sites = ["example.org"]\n'
    follow(OwnDashboards(tmp_path / "nowhere"), [RENAMED])
