"""Who comes to the made-up shop, from where, with what, and what they look at: tables, nothing else.

A weight says how often a row is drawn beside the others of its table. All names are made up or reserved
for documentation; the shop lies at ``shop.example``, a name nobody can own.
"""

from typing import NamedTuple

DOMAIN = "shop.example"
TIMEZONE = "Europe/London"


class Page(NamedTuple):
    """A page of the shop: how often people arrive on it, go on to it, and stay (seconds, on average)."""

    path: str
    arrive: int
    go_on: int
    stay: int


PAGES = (
    Page("/", 30, 14, 25),
    Page("/shop/", 10, 20, 30),
    Page("/shop/shoes/", 6, 16, 35),
    Page("/shop/shoes/trail-runner", 9, 14, 60),
    Page("/shop/shoes/city-walker", 5, 10, 55),
    Page("/shop/shoes/winter-boot", 4, 7, 55),
    Page("/shop/bags/", 2, 6, 30),
    Page("/shop/bags/day-pack", 2, 5, 50),
    Page("/shop/sale", 6, 9, 45),
    Page("/shop/basket", 0, 8, 40),
    Page("/shop/thank-you", 0, 0, 15),
    Page("/blog/", 4, 6, 30),
    Page("/blog/breaking-in-new-shoes", 12, 5, 150),
    Page("/blog/how-to-measure-your-feet", 8, 4, 130),
    Page("/blog/ten-walks-by-the-sea", 5, 3, 170),
    Page("/about", 2, 5, 45),
    Page("/about/returns", 2, 4, 40),
)


class Source(NamedTuple):
    """A way people find the shop, and the part of it that it leads to (empty: any page)."""

    weight: int
    referrer: str
    leads_to: str = ""
    tags: tuple[tuple[str, str], ...] = ()


SOURCES = (
    Source(300, ""),
    Source(230, "https://www.google.com/"),
    Source(45, "https://duckduckgo.com/"),
    Source(30, "https://www.bing.com/", "/shop"),
    Source(14, "https://www.ecosia.org/"),
    Source(45, "https://www.reddit.com/r/hiking/", "/blog"),
    Source(36, "https://www.facebook.com/", "/shop"),
    Source(28, "https://www.instagram.com/", "/shop"),
    Source(22, "https://www.youtube.com/watch", "/shop/shoes"),
    Source(24, "https://chatgpt.com/", "/blog"),
    Source(10, "https://www.perplexity.ai/", "/blog"),
    Source(18, "https://news.ycombinator.com/item", "/blog"),
    Source(40, "https://walking-club.example/links", "/blog"),
    Source(26, "https://slow-travel.example/what-to-pack", "/shop"),
)


OUTBOUND = {
    "/about": ("https://walking-club.example/", "https://leather-guild.example/members"),
    "/blog/ten-walks-by-the-sea": ("https://tides.example/today", "https://coast-path.example/map?from=shop"),
    "/blog/how-to-measure-your-feet": ("https://walking-club.example/feet",),
}
"""Pages with links to other sites."""
FILES = {
    "/blog/how-to-measure-your-feet": "/files/foot-chart.pdf",
    "/about/returns": "/files/returns-label.pdf",
    "/shop/shoes/trail-runner": "/files/trail-runner-care.pdf",
}
"""Pages with a file to download."""
FORMS = ("/about/returns", "/about")
"""Pages with a form to be sent."""
MISSING = {
    "/shop/shoes/summer-sandal": "https://slow-travel.example/what-to-pack",
    "/blog/lacing": "https://shop.example/blog/",
    "/sale": "",
}
"""Pages that are not there, and where the broken link to each stands."""
DELIVERY = ("standard", "standard", "standard", "express", "collect")
PLACES_TO_SIGN_UP = ("footer", "article", "article")

VITALS = {"lcp": 1900, "inp": 120, "cls": 0.05, "fcp": 1100, "ttfb": 380}
"""What a page load of the middle takes on a desk: milliseconds, of ``cls`` none."""
VITALS_LIMITS = {"lcp": (2500, 4000), "inp": (200, 500), "cls": (0.1, 0.25), "fcp": (1800, 3000), "ttfb": (800, 1800)}
"""Google's: up to the first it is good, above the second poor."""
SLOWER = {"Mobile": 1.45, "Tablet": 1.2, "Desktop": 1.0}
HEAVY = {"/shop/": 1.5, "/shop/sale": 1.35}
"""Pages that take longer."""

GOALS = (
    ("--event", "Purchase", "--currency", "GBP"),
    ("--event", "Add to basket"),
    ("--event", "Newsletter sign-up"),
    ("--page", "/blog/**", "--scroll", "75", "--name", "Reads to the end"),
    ("--page", "/shop/basket", "--name", "Looks into the basket"),
)
"""What the shop wants its visitors to do, as ``footfall goal add`` takes it."""
FUNNEL = ("Checkout", ("page:/shop/**", "page:/shop/basket", "event:Purchase"))
"""Its name, and its steps as ``footfall funnel add`` takes them."""


class Campaign(NamedTuple):
    """What the shop pays or writes for: its months, its share of visits while it runs, its tags."""

    months: tuple[int, ...]
    share: float
    referrer: str
    leads_to: str
    source: str
    medium: str
    name: str
    click_id: str = ""
    """The name that the network's own mark has in the address."""


CAMPAIGNS = (
    Campaign(tuple(range(1, 13)), 0.05, "", "/shop", "newsletter", "email", "weekly-letter"),
    Campaign((3, 4), 0.08, "https://www.google.com/", "/shop/shoes", "google", "cpc", "spring-trails", "gclid"),
    Campaign((6, 7), 0.07, "https://www.instagram.com/", "/shop/sale", "instagram", "paid_social", "summer-sale", "fbclid"),
    Campaign((11,), 0.14, "https://www.google.com/", "/shop/sale", "google", "cpc", "black-friday", "gclid"),
    Campaign((12,), 0.08, "https://www.facebook.com/", "/shop", "facebook", "paid_social", "gifts", "fbclid"),
)


class Place(NamedTuple):
    """A country (ISO 3166-1 alpha-2) and the language most of its browsers speak."""

    weight: int
    country: str
    language: str


PLACES = (
    Place(420, "GB", "en"),
    Place(130, "US", "en"),
    Place(80, "DE", "de"),
    Place(62, "IE", "en"),
    Place(55, "FR", "fr"),
    Place(45, "NL", "nl"),
    Place(30, "ES", "es"),
    Place(26, "CA", "en"),
    Place(24, "SE", "sv"),
    Place(20, "IT", "it"),
    Place(18, "AU", "en"),
    Place(16, "PL", "pl"),
    Place(14, "IN", "en"),
    Place(12, "JP", "ja"),
    Place(10, "BR", "pt"),
    Place(9, "CH", "de"),
    Place(8, "ZA", "en"),
)


class Machine(NamedTuple):
    """A browser on a system on a kind of device. ``rises``: a new major version every four weeks."""

    weight: int
    browser: str
    version: int
    rises: bool
    os: str
    os_version: str
    device: str


MACHINES = (
    Machine(250, "Chrome", 138, True, "Android", "15", "Mobile"),
    Machine(230, "Safari", 18, False, "iOS", "18", "Mobile"),
    Machine(170, "Chrome", 138, True, "Windows", "10", "Desktop"),
    Machine(75, "Edge", 138, True, "Windows", "10", "Desktop"),
    Machine(80, "Safari", 18, False, "Mac OS X", "10", "Desktop"),
    Machine(60, "Chrome", 138, True, "Mac OS X", "10", "Desktop"),
    Machine(45, "Firefox", 140, True, "Windows", "10", "Desktop"),
    Machine(30, "Firefox", 140, True, "Linux", "", "Desktop"),
    Machine(35, "Samsung Internet", 28, False, "Android", "15", "Mobile"),
    Machine(40, "Safari", 18, False, "iOS", "18", "Tablet"),
)

SCREENS = {"Mobile": ("Mobile",), "Tablet": ("Tablet", "Laptop"), "Desktop": ("Laptop", "Laptop", "Desktop")}
"""Classes of window widths that go with a kind of device."""

HOURS = (5, 3, 2, 2, 2, 4, 9, 18, 27, 33, 36, 37, 42, 40, 36, 34, 34, 36, 40, 46, 50, 44, 28, 13)
"""Visits that begin in each hour of the local day, one against another."""

WEEKDAYS = (1.0, 0.96, 0.95, 0.98, 0.92, 1.14, 1.22)
"""Monday to Sunday: a shop is busiest at the weekend."""

MONTHS = (0.82, 0.80, 0.98, 1.05, 1.02, 0.95, 0.88, 0.86, 1.00, 1.06, 1.32, 1.28)

ROBOTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/138.0.0.0 Safari/537.36",
)
ROBOT_ADDRESS = "192.0.2.44"
"""From a range that is reserved for documentation."""

SPAM = "https://semalt.com/"
"""Known to send visits that nobody made, to be seen in lists of referrers."""

PRODUCTS = {
    "/shop/shoes/trail-runner": "119.00",
    "/shop/shoes/city-walker": "89.00",
    "/shop/shoes/winter-boot": "149.00",
    "/shop/bags/day-pack": "64.50",
}
