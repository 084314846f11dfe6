"""The HTML elements that an owner puts into a site's pages."""

from html import escape


def tag(domain: str, base_url: str, script: str = "js/footfall") -> str:
    """The script element for the pages of ``domain``. ``base_url`` is where browsers reach the service, without a trailing
    slash; ``script`` is the path of the site's beacon there, without ``.js``."""
    return f'<script defer src="{escape(base_url)}/{escape(script)}.js" data-domain="{escape(domain)}"></script>'


def pinned_tag(domain: str, base_url: str, script: str, version: str, integrity: str) -> str:
    """The script element for pages that accept only these exact bytes. ``version`` is part of the address; a browser that
    receives other bytes refuses them because of ``integrity``, which requires ``crossorigin``."""
    plain = tag(domain, base_url, f"{script}.{version}")
    return plain.replace('.js"', f'.js" integrity="{escape(integrity)}" crossorigin="anonymous"', 1)


def vitals_tag(base_url: str, script: str = "js/footfall") -> str:
    """The script element for Core Web Vitals, to be placed after the other one. Arguments as in ``tag``."""
    return f'<script defer src="{escape(base_url)}/{escape(script)}-vitals.js"></script>'


def google_tag(domain: str, base_url: str) -> str:
    """The element that takes the place of Google's, for pages of ``domain`` that were written for gtag.js."""
    return f'<script async src="{escape(base_url)}/gtag/js?id=G-XXXXXXXXXX" data-domain="{escape(domain)}"></script>'


def plausible_tag(domain: str, base_url: str) -> str:
    """The element that takes the place of Plausible's, for pages of ``domain`` that load its script."""
    script = f"{escape(base_url)}/js/script.outbound-links.file-downloads.js"
    return f'<script defer data-domain="{escape(domain)}" src="{script}"></script>'


def picture(domain: str, base_url: str) -> str:
    """The element that counts visitors without JavaScript, the same for every page of ``domain``. Without its referrer
    policy, browsers would send a picture on another host the site but not the page."""
    address = f"{escape(base_url)}/api/pixel.gif?d={escape(domain)}"
    return (
        f'<noscript><img src="{address}" alt="" width="1" height="1" referrerpolicy="no-referrer-when-downgrade"></noscript>'
    )
