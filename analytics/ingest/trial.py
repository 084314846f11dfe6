"""Shows an owner what source and channel a visit would get, and which row of the table decides."""

from msgspec import Struct

from analytics.ingest.beacon import Beacon
from analytics.ingest.hit import Hit, Step
from analytics.ingest.sources import Row, Sources
from analytics.ingest.steps.channel import channel
from analytics.ingest.steps.form import form
from analytics.ingest.steps.referrer import referrer
from analytics.ingest.steps.scrub import scrub
from analytics.ingest.steps.source import source
from analytics.model import PAGEVIEW
from analytics.privacy.door import Door
from analytics.site import Site

STEPS: tuple[Step, ...] = (form, scrub, referrer, source, channel)
"""Those of the pipeline that decide it, in its order."""


class Trial(Struct, frozen=True):
    """The result."""

    source: str
    """Empty: nothing says where the visit came from."""
    channel: str
    tag: str
    """What the address calls the source; empty: the referrer decides."""
    referrer_host: str
    """Empty: no referrer, or a page of the site itself."""
    click_id: str
    row: Row | None
    """The row that names it; None: no row does, and the tag or the host is its own name."""


def tried(sources: Sources, door: Door, site: Site, *, address: str = "", linked_from: str = "") -> Trial:
    """The source and channel of a visit to ``address`` (default: the site's front page) from a link on ``linked_from``,
    both as copied from a browser. Runs the steps that every visit runs. Raises InvalidInput for ``url``."""
    beacon = Beacon(
        name=PAGEVIEW,
        url=_whole(address or site.domain),
        domains=(site.domain,),
        named=True,
        referrer=_whole(linked_from) if linked_from else "",
    )
    hit = Hit(site=site, beacon=beacon, at=0.0, now=0.0, headers={}, door=door, knock=door.told(), sources=sources)
    for step in STEPS:
        step(hit)
    row = sources.of_tag(hit.tag) if hit.tag else sources.of_host(hit.referrer_host) if hit.referrer_host else None
    return Trial(hit.source, hit.channel, hit.tag, hit.referrer_host, hit.click_id, row)


def _whole(address: str) -> str:
    """The address with a scheme, which people often leave out."""
    return address if "://" in address else f"https://{address}"
