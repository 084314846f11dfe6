"""How long the server takes for a whole page of a large site, and what a browser loads of it.

    python benchmarks/dashboard.py [--events 10] [--keep FOLDER]

The site is the one that benchmarks/queries.py makes (``--keep`` takes the same folder). Each page goes through the whole
application, signed in, door and templates included: its questions, its HTML, its compressed parts. One process,
``memory_limit`` 512 MB, one thread a question; nothing else is asked meanwhile. Times are milliseconds, the median and the
slowest of 20 after a first one; sizes are bytes as a browser that reads brotli and gzip receives them. The first look is at
answers that are not remembered yet; the process has shown one other page before, so that its templates are compiled.
"""

import argparse
import gzip
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from flask.testing import FlaskClient

sys.path.insert(0, str(Path(__file__).parent.parent))

from analytics.app import Instance
from analytics.config import load
from analytics.web.accounts.access import SIGN_IN
from analytics.web.application import create_app
from analytics.web.server.front import CleanWSGI
from benchmarks import queries

RUNS = 20
HOST = "bench.localhost"
PAGES = {
    "another page": "?date=2026-09-15",
    "12 months": "?period=12mo",
    "12 months, a country": "?period=12mo&f=is,visit:country_name,Germany",
    "12 months, a section": "?period=12mo&f=is,event:section,/section-0",
    "12 months, pages in full": "?period=12mo&panel=pages",
    "October": "?period=month&date=2026-10-15",
    "one day": "?date=2026-10-15",
}
"""Pages of the site's dashboard."""
PART = re.compile(r'(?:src|href)="(/static/[^"]+)"')


def main() -> None:
    """Runs the benchmark and prints its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=float, default=10, help="million events of the site")
    parser.add_argument("--keep", type=Path, help="make the site here, or use the one that is here")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        place = (asked.keep or Path(scratch)) / f"{asked.events:g}"
        if not place.exists():
            queries.make(place, int(asked.events * 1_000_000))
        with signed_in(place, Path(scratch) / "data") as (client, domain):
            print("\n| page | first look | then, median | slowest | HTML | all it loads | of it script |")
            print("|---|---|---|---|---|---|---|")
            for name, query in PAGES.items():
                measure(client, name, f"/{domain}{query}")
            measure(client, "all sites", "/?sort=name")


@contextmanager
def signed_in(place: Path, data: Path) -> Iterator[tuple[FlaskClient, str]]:
    """The application on a copy of the site, and a browser in which its owner is signed in."""
    config = load({"data": data, "public_url": f"http://{HOST}", "memory_limit": "512MB"}, {})
    instance = Instance(config).open()
    try:
        site = instance.control.sites.add(queries.SITE.domain, queries.SITE.timezone)
        shutil.copyfile(queries.database(place), data / "sites" / f"{site.id}.duckdb")
        owner = instance.control.people.create_owner(
            instance.control.people.setup_token() or "", "bench@example.org", "Bench", "four words walk home"
        )
        app = create_app(instance.services)
        app.wsgi_app = CleanWSGI(instance.door, app.wsgi_app, instance.directory)  # type: ignore[method-assign]
        client = app.test_client()
        client.environ_base["HTTP_HOST"] = HOST
        with client.session_transaction() as session:
            session[SIGN_IN] = instance.control.people.sign_in(owner)
        yield client, site.domain
    finally:
        instance.close()


def measure(client: FlaskClient, name: str, address: str) -> None:
    """Prints one page."""
    page, first = fetched(client, address)
    times = [fetched(client, address)[1] for _ in range(RUNS)]
    parts = {part: len(fetched(client, part)[0]) for part in set(PART.findall(gzip.decompress(page).decode()))}
    script = sum(size for part, size in parts.items() if ".js" in part)
    loaded = len(page) + sum(parts.values())
    print(
        f"| {name} | {first:.0f} | {median(times):.0f} | {max(times):.0f} | {len(page):,} | {loaded:,} | {script:,} |",
        flush=True,
    )


def fetched(client: FlaskClient, address: str) -> tuple[bytes, float]:
    """The body, and the milliseconds it took."""
    began = time.perf_counter()
    answer = client.get(address, headers={"Accept-Encoding": "br, gzip", "Accept": "text/html"})
    took = (time.perf_counter() - began) * 1000
    if answer.status_code != 200:
        raise SystemExit(f"{address} was answered {answer.status}")
    return answer.data, took


if __name__ == "__main__":
    main()
