"""The one line that goes into a site's pages."""

from analytics.model import Site


def tag(site: Site, base_url: str) -> str:
    """The script element for the pages of ``site``; ``base_url`` is where browsers reach the service.

    Objections that the owner chose not to respect are named in it, since the browser reads them first.
    """
    settings = site.settings
    objections = (("gpc", settings.respect_gpc), ("dnt", settings.respect_dnt))
    ignored = " ".join(name for name, respected in objections if not respected)
    ignore = f' data-ignore="{ignored}"' if ignored else ""
    return f'<script defer src="{base_url}/js/{settings.script}.js" data-domain="{site.domain}"{ignore}></script>'
