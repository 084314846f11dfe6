"""The one line that goes into a site's pages."""

from analytics.model import Site


def tag(site: Site, base_url: str) -> str:
    """The script element for the pages of ``site``; ``base_url`` is where browsers reach the service."""
    return f'<script defer src="{base_url}/js/{site.settings.script}.js" data-domain="{site.domain}"></script>'
