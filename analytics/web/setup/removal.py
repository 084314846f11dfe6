"""The end of a site: it is forgotten, its files are erased, and what may still hold rows of it is named."""

from analytics.ingest.spool import segments
from analytics.model import Site
from analytics.web.services import Services


def removed(parts: Services, site: Site, *, by: str) -> list[str]:
    """Forgets the site, then erases its files; a crash between the two is made good at the next start.

    Returns the files in the data folder that may still hold rows of it among those of other sites. They are deleted when
    those are in backups, which are made at once where the service runs, and within a day of its running where it does not;
    copies that were made elsewhere are not ours to find.
    Raises NotFound, or StoreUnavailable when files could not be erased: the site is forgotten all the same.
    """
    parts.control.sites.remove(site, by=by)
    parts.store.erase(site)
    parts.clear_spool()
    return [f"spool/{name}" for name in segments(parts.config.data / "spool")]
