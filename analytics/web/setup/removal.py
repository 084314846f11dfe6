"""Removing a site: its record and its files, and the list of places that may still hold its rows."""

from analytics.ingest.spool import segments
from analytics.site import Site
from analytics.web.services import Services


def removed(parts: Services, site: Site, *, by: str) -> list[str]:
    """Removes the site from the control file, then erases its files; if a crash interrupts that, the next start completes
    it.

    Returns the files in the data folder that may still hold rows of it among those of other sites. They are deleted once
    those rows are backed up: at once if the service runs, else within a day of its next start. Copies made elsewhere are
    not ours to find. Raises NotFound, or StoreUnavailable if files could not be erased; the site is removed all the same.
    """
    parts.control.sites.remove(site, by=by)
    parts.store.erase(site)
    parts.clear_spool()
    return [f"spool/{name}" for name in segments(parts.config.data / "spool")]
