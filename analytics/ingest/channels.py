"""The rules that assign a visit's channel, from the kind of its source, its campaign tags and the name of a click id."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct

from analytics.site import SourceKind as Kind


class ClickId(NamedTuple):
    """One row: a query parameter that advertisers and networks add, and what its presence means."""

    parameter: str
    kind: Kind
    """What sort of place adds it; ``OTHER``: any."""
    paid: bool
    """True: added to advertisements only. Facebook adds fbclid to every link, so it says nothing of money."""


CLICK_IDS: tuple[ClickId, ...] = (
    ClickId("gclid", Kind.SEARCH, True),
    ClickId("gbraid", Kind.SEARCH, True),
    ClickId("wbraid", Kind.SEARCH, True),
    ClickId("msclkid", Kind.SEARCH, True),
    ClickId("dclid", Kind.OTHER, True),
    ClickId("yclid", Kind.SEARCH, True),
    ClickId("twclid", Kind.SOCIAL, True),
    ClickId("ttclid", Kind.SOCIAL, True),
    ClickId("li_fat_id", Kind.SOCIAL, True),
    ClickId("rdt_cid", Kind.SOCIAL, True),
    ClickId("ScCid", Kind.SOCIAL, True),
    ClickId("qclid", Kind.SOCIAL, True),
    ClickId("epik", Kind.SOCIAL, True),
    ClickId("fbclid", Kind.SOCIAL, False),
    ClickId("igshid", Kind.SOCIAL, False),
    ClickId("igsh", Kind.SOCIAL, False),
    ClickId("tblci", Kind.OTHER, True),
    ClickId("dicbo", Kind.OTHER, True),
    ClickId("ysclid", Kind.SEARCH, False),
    ClickId("srsltid", Kind.SHOPPING, False),
)
"""Each is unique to one click, which is to say to one person: its value is dropped, its name decides a channel."""

_AD_PLACES = (Kind.OTHER, Kind.VIDEO)
"""Where the networks that add click ids show their advertisements besides their own pages."""

CLICK_ID_NAMES: frozenset[str] = frozenset(row.parameter for row in CLICK_IDS)
_BY_CLICK_ID = {row.parameter: row for row in CLICK_IDS}


class Clues(Struct, frozen=True):
    """What a channel is decided by. Texts are in lower case; empty means not set."""

    source: str
    tag: str
    """What named the source in the address: ``utm_source``, ``source`` or ``ref``."""
    kind: Kind
    medium: str
    campaign: str
    paid: bool
    """An advertisement by its medium, its tag or its click id."""
    shop: bool
    """The campaign speaks of shopping."""
    display: bool


Rule = Callable[[Clues], bool]

_PAID_MEDIUM = re.compile(r".*cp.*|ppc|retargeting|remarketing|sem|paid.*", re.DOTALL)
"""cpc, cpa, cpv, cpm; paid, paid-social ...: the expression of GA4's default channel groups, and three words more."""
_SHOPPING_CAMPAIGN = re.compile(r"(?:^|[^a-df-z])shop|shopping")
"""GA4's: ``shop`` where a word or ``eshop`` begins, not ``workshop``."""
DISPLAY_MEDIA = frozenset(("display", "banner", "expandable", "interstitial", "cpm"))
SOCIAL_MEDIA = frozenset((
    "social", "social-network", "social_network", "social network", "social-media", "social_media", "social media", "sm",
))  # fmt: skip
MAIL_WORDS = ("email", "e-mail", "e_mail", "e mail", "newsletter")
PUSH_WORDS = ("mobile", "notification")
REFERRAL_MEDIA = frozenset(("referral", "app", "link"))


def _mailed(text: str) -> bool:
    return text == "mail" or any(word in text for word in MAIL_WORDS)


def _pushed(medium: str) -> bool:
    return medium.endswith("push") or any(word in medium for word in PUSH_WORDS)


CHANNELS: tuple[tuple[str, Rule], ...] = (
    ("Cross-network", lambda c: "cross-network" in c.campaign or c.medium == "cross-network"),
    ("Paid Shopping", lambda c: c.paid and (c.kind is Kind.SHOPPING or c.shop)),
    ("Paid Search", lambda c: c.paid and c.kind is Kind.SEARCH),
    ("Paid Social", lambda c: c.paid and c.kind is Kind.SOCIAL),
    ("Paid Video", lambda c: c.paid and c.kind is Kind.VIDEO),
    ("Display", lambda c: c.display),
    ("Paid Other", lambda c: c.paid),
    ("Organic Shopping", lambda c: c.kind is Kind.SHOPPING or c.shop),
    ("Organic Social", lambda c: c.kind is Kind.SOCIAL or c.medium in SOCIAL_MEDIA),
    ("Organic Video", lambda c: c.kind is Kind.VIDEO or "video" in c.medium),
    ("AI Assistants", lambda c: c.kind is Kind.AI or c.medium in ("ai", "ai-assistant")),
    ("Organic Search", lambda c: c.kind is Kind.SEARCH or c.medium == "organic"),
    ("Email", lambda c: c.kind is Kind.MAIL or _mailed(c.tag) or _mailed(c.medium)),
    ("Affiliates", lambda c: c.medium in ("affiliate", "affiliates")),
    ("Audio", lambda c: c.medium in ("audio", "podcast")),
    ("SMS", lambda c: "sms" in (c.tag, c.medium)),
    ("Mobile Push Notifications", lambda c: _pushed(c.medium) or c.source == "firebase"),
    ("Referral", lambda c: bool(c.source) or c.medium in REFERRAL_MEDIA),
    ("Direct", lambda c: not c.source),
)
"""Channels in the order in which they are tried; the first rule that holds decides. Same order and meaning as
the default channel groups of GA4 and Plausible, so that figures can be set beside theirs."""


@lru_cache(maxsize=4096)
def channel(
    source: str,
    kind: Kind,
    tag: str = "",
    medium: str = "",
    campaign: str = "",
    click_id: str = "",
    *,
    advertised: bool = False,
) -> str:
    """The channel of a visit, from its source and that source's kind, the campaign tags as sent, and the name of the click
    id in the address. ``advertised`` says that the campaign tag marks an advertisement."""
    medium, campaign = medium.lower().strip(), campaign.lower()
    click = _BY_CLICK_ID.get(click_id)
    if not source and click:
        kind = click.kind
    paid_click = bool(click and click.paid and kind in (click.kind, *_AD_PLACES))
    clues = Clues(
        source=source.lower(),
        tag=tag.lower().strip(),
        kind=kind,
        medium=medium,
        campaign=campaign,
        paid=advertised or paid_click or bool(_PAID_MEDIUM.fullmatch(medium)),
        shop=bool(_SHOPPING_CAMPAIGN.search(campaign)),
        display=medium in DISPLAY_MEDIA or click_id == "dclid",
    )
    return next(name for name, rule in CHANNELS if rule(clues))
