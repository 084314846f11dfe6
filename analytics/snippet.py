"""The one line that goes into a site's pages."""

from html import escape


def tag(domain: str, base_url: str, script: str = "js/footfall") -> str:
    """The script element for the pages of ``domain``; ``base_url`` is where browsers reach the service, without a
    slash at the end, and ``script`` where the site's beacon lies there, without ``.js``."""
    return f'<script defer src="{escape(base_url)}/{escape(script)}.js" data-domain="{escape(domain)}"></script>'
