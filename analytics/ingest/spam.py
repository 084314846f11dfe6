"""Spam: forged visits whose only purpose is to appear in somebody's list of sources. A table, and what the owner adds to
it."""

from collections.abc import Collection
from functools import lru_cache
from unicodedata import combining, normalize

from analytics.domains import display, normalised
from analytics.errors import InvalidInput
from analytics.ingest.sources import BUILT_IN, registrable

_SPAM = """
    4webmasters.org 7makemoneyonline.com bartikus.site best-seo-offer.com best-seo-solution.com blackhatworth.com
    bot-traffic.icu bottraffic.live buttons-for-website.com buttons-for-your-website.com buy-cheap-online.info cenoval.ru
    cityadspix.com darodar.com dertus.site econom.co event-tracking.com fertuk.site floating-share-buttons.com
    free-share-buttons.com free-social-buttons.com get-free-social-traffic.com get-free-traffic-now.com gobongo.info
    googlsucks.com grets.store guardlink.org hulfingtonpost.com humanorightswatch.org ilovevitaly.com iskalko.ru
    kambasoft.com lomb.co mantero.online o-o-6-o-o.com o-o-8-o-o.com priceg.com ranksonic.info ranksonic.org razas.site
    rida.tokyo savetubevideo.com seders.website semalt.com semaltmedia.com sharebutton.net simple-share-buttons.com
    site-auditor.online social-buttons.com success-seo.com theguardlan.com torture.ml traffic2cash.org traffic2money.com
    trafficbot.life trafficbot.live trafficmonetize.org trafficmonetizer.org urlumbrella.com video--production.com
    videos-for-your-business.com webmonetizer.net
"""
SPAM_HOSTS = frozenset(_SPAM.split())
"""A handful of the best known, each with its sub-domains. No package keeps such a list (docs/decisions/0019-robots.md),
and third-party lists do not enter this repository."""

_LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁһԛԝьгαορνικɡɢɩɪʟɴʀʏĸłøđħıŧ",
    "aeopcyxijsdhqwbraopvikggiilnryklodhit",
)
"""Letters of other scripts, and forms of our own, that look like ours; accents go by themselves (NFKD)."""


def is_spam(host: str, also: Collection[str] = (), never: Collection[str] = ()) -> bool:
    """Whether ``host`` (normalised, without port) is spam: it or a parent domain is in the table or in ``also``, or it
    imitates a well-known site. Never if it or a parent domain is in ``never``."""
    if not host or (never and _among(host, never)):
        return False
    return (bool(also) and _among(host, also)) or _known(host)


def host_of(tag: str) -> str:
    """The host that a campaign tag contains (``semalt.com``, ``https://www.semalt.com/x``), or '' if there is none."""
    if "." not in tag:
        return ""
    try:
        return normalised(tag)
    except InvalidInput:
        return ""


def _among(host: str, hosts: Collection[str]) -> bool:
    labels = host.split(".")
    return any(".".join(labels[position:]) in hosts for position in range(len(labels)))


@lru_cache(maxsize=4096)
def _known(host: str) -> bool:
    return host in SPAM_HOSTS or registrable(host) in SPAM_HOSTS or _imitates(host)


def _imitates(host: str) -> bool:
    """Whether the host is written in letters that only look like those of a well-known site: ɢoogle.com, gооgle.com."""
    if "xn--" not in host:
        return False
    plain = "".join(letter for letter in normalize("NFKD", display(host)) if not combining(letter)).translate(_LOOKALIKES)
    return plain.isascii() and BUILT_IN.by_host(plain) != plain
