"""Known robots: their names and what they are for, as a table. No User-Agent is read here; privacy/agent.py alone does
that.

Whether something is a robot at all is decided by isbot (docs/bots.md). The rows here name the robots that owners ask about,
which are robots whatever isbot says. All others get their name and group from crawler-user-agents. To teach Footfall a
robot, add a row.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from msgspec import MsgspecError
from msgspec.json import decode

from analytics.errors import ConfigError
from analytics.resources import folder


class Group(StrEnum):
    """What a robot is for; the value is what people read."""

    AI_CRAWLER = "AI crawler"
    AI_ASSISTANT = "AI assistant"
    SEARCH_ENGINE = "Search engine"
    SEO = "SEO"
    MONITORING = "Monitoring"
    LINK_PREVIEW = "Link preview"
    FEED_READER = "Feed reader"
    SCANNER = "Security scanner"
    LIBRARY = "Library"
    HEADLESS = "Headless browser"
    DISGUISED = "Disguised"
    ARCHIVER = "Archiver"
    ADVERTISING = "Advertising"
    ACADEMIC = "Academic"
    OTHER = "Other"


GROUPS: dict[Group, str] = {
    Group.AI_CRAWLER: "Collects pages to train a language model, or for an assistant's search index",
    Group.AI_ASSISTANT: "Fetches a page because somebody asked an assistant about it",
    Group.SEARCH_ENGINE: "Collects pages for a search engine",
    Group.SEO: "Collects links and rankings, mostly for marketing",
    Group.MONITORING: "Checks whether a page responds, and how fast",
    Group.LINK_PREVIEW: "Fetches a page because somebody shared a link to it",
    Group.FEED_READER: "Fetches feeds for their subscribers",
    Group.SCANNER: "Looks for security holes, or records which software runs where",
    Group.LIBRARY: "A program that fetches pages with a library or tool, such as curl, Python or Java",
    Group.HEADLESS: "A browser controlled by a program",
    Group.DISGUISED: "Claims to be a browser but does not behave like one",
    Group.ARCHIVER: "Archives copies of pages",
    Group.ADVERTISING: "Checks pages for advertisers",
    Group.ACADEMIC: "Research, libraries and schools",
    Group.OTHER: "Looks like a bot, but not one we know by name",
}
"""Every group with the sentence that is shown beside it."""

TAGS: dict[str, Group] = {
    "ai-crawler": Group.AI_CRAWLER,
    "search-engine": Group.SEARCH_ENGINE,
    "monitoring": Group.MONITORING,
    "social-preview": Group.LINK_PREVIEW,
    "feed-reader": Group.FEED_READER,
    "scanner": Group.SCANNER,
    "http-library": Group.LIBRARY,
    "browser-automation": Group.HEADLESS,
    "archiver": Group.ARCHIVER,
    "advertising": Group.ADVERTISING,
    "academic": Group.ACADEMIC,
    "seo": Group.SEO,
}
"""Tags of crawler-user-agents; of several the one that stands first here decides."""


class Robot(NamedTuple):
    """One row. ``word`` is what its User-Agent holds, in lower case; empty: the name in lower case."""

    name: str
    group: Group
    word: str = ""


UNNAMED = Robot("looks like a robot", Group.OTHER)
SILENT = Robot("no User-Agent", Group.OTHER)

ROBOTS: tuple[Robot, ...] = tuple(row if row.word else row._replace(word=row.name.lower()) for row in (
    # --- assistants that fetch for a person; before the crawlers of the same houses
    Robot("ChatGPT-User", Group.AI_ASSISTANT),
    Robot("Claude-User", Group.AI_ASSISTANT),
    Robot("Claude Code", Group.AI_ASSISTANT, "claude-code/"),
    Robot("Perplexity-User", Group.AI_ASSISTANT),
    Robot("MistralAI-User", Group.AI_ASSISTANT),
    Robot("Meta-ExternalFetcher", Group.AI_ASSISTANT),
    Robot("Gemini-Deep-Research", Group.AI_ASSISTANT),
    Robot("Google-NotebookLM", Group.AI_ASSISTANT),
    Robot("GoogleAgent-Mariner", Group.AI_ASSISTANT),
    Robot("Google-Agent", Group.AI_ASSISTANT),
    Robot("DuckAssistBot", Group.AI_ASSISTANT),
    Robot("Amzn-User", Group.AI_ASSISTANT),
    Robot("Manus-User", Group.AI_ASSISTANT),
    Robot("kagi-fetcher", Group.AI_ASSISTANT),
    Robot("PhindBot", Group.AI_ASSISTANT),
    Robot("TavilyBot", Group.AI_ASSISTANT),
    Robot("Devin", Group.AI_ASSISTANT, "devin/"),
    # --- AI crawlers
    Robot("GPTBot", Group.AI_CRAWLER),
    Robot("OAI-SearchBot", Group.AI_CRAWLER),
    Robot("OAI-AdsBot", Group.ADVERTISING),
    Robot("ClaudeBot", Group.AI_CRAWLER),
    Robot("Claude-SearchBot", Group.AI_CRAWLER),
    Robot("Claude-Web", Group.AI_CRAWLER),
    Robot("anthropic-ai", Group.AI_CRAWLER),
    Robot("PerplexityBot", Group.AI_CRAWLER),
    Robot("CCBot", Group.AI_CRAWLER, "ccbot/"),
    Robot("Bytespider", Group.AI_CRAWLER),
    Robot("Amazonbot", Group.AI_CRAWLER),
    Robot("Amzn-SearchBot", Group.AI_CRAWLER),
    Robot("Meta-ExternalAgent", Group.AI_CRAWLER),
    Robot("Google-CloudVertexBot", Group.AI_CRAWLER),
    Robot("DeepSeekBot", Group.AI_CRAWLER),
    Robot("GrokBot", Group.AI_CRAWLER),
    Robot("xAI-SearchBot", Group.AI_CRAWLER),
    Robot("cohere-training-data-crawler", Group.AI_CRAWLER),
    Robot("cohere-ai", Group.AI_CRAWLER),
    Robot("AI2Bot", Group.AI_CRAWLER),
    Robot("Diffbot", Group.AI_CRAWLER),
    Robot("ImagesiftBot", Group.AI_CRAWLER),
    Robot("Timpibot", Group.AI_CRAWLER),
    Robot("PanguBot", Group.AI_CRAWLER),
    Robot("YouBot", Group.AI_CRAWLER, "youbot/"),
    Robot("Webzio", Group.AI_CRAWLER, "webzio"),
    Robot("Omgili", Group.AI_CRAWLER, "omgili"),
    Robot("Firecrawl", Group.AI_CRAWLER, "firecrawl"),
    # --- search engines
    Robot("Google Lighthouse", Group.MONITORING, "chrome-lighthouse"),
    Robot("Google AdsBot", Group.ADVERTISING, "adsbot-google"),
    Robot("Google AdSense", Group.ADVERTISING, "mediapartners-google"),
    Robot("Googlebot", Group.SEARCH_ENGINE),
    Robot("GoogleOther", Group.SEARCH_ENGINE),
    Robot("Storebot-Google", Group.SEARCH_ENGINE),
    Robot("DuplexWeb-Google", Group.AI_ASSISTANT),
    Robot("Bingbot", Group.SEARCH_ENGINE),
    Robot("DuckDuckBot", Group.SEARCH_ENGINE),
    Robot("Yandex", Group.SEARCH_ENGINE, "yandex.com/bots"),
    Robot("Baiduspider", Group.SEARCH_ENGINE),
    Robot("Applebot", Group.SEARCH_ENGINE),
    Robot("PetalBot", Group.SEARCH_ENGINE),
    Robot("SeznamBot", Group.SEARCH_ENGINE),
    Robot("Qwantbot", Group.SEARCH_ENGINE),
    Robot("MojeekBot", Group.SEARCH_ENGINE),
    Robot("Yahoo! Slurp", Group.SEARCH_ENGINE),
    # --- SEO
    Robot("AhrefsBot", Group.SEO),
    Robot("AhrefsSiteAudit", Group.SEO),
    Robot("SemrushBot", Group.SEO),
    Robot("MJ12bot", Group.SEO),
    Robot("DotBot", Group.SEO, "dotbot/"),
    Robot("DataForSeoBot", Group.SEO),
    Robot("BLEXBot", Group.SEO),
    Robot("Barkrowler", Group.SEO),
    Robot("Screaming Frog", Group.SEO, "screaming frog"),
    # --- monitoring
    Robot("UptimeRobot", Group.MONITORING),
    Robot("Pingdom", Group.MONITORING, "pingdom"),
    Robot("StatusCake", Group.MONITORING, "statuscake"),
    Robot("Better Stack", Group.MONITORING, "better uptime bot"),
    Robot("Datadog Synthetics", Group.MONITORING, "datadogsynthetics"),
    Robot("Site24x7", Group.MONITORING, "site24x7"),
    Robot("GTmetrix", Group.MONITORING, "gtmetrix"),
    Robot("WebPageTest", Group.MONITORING, "ptst/"),
    Robot("Uptime-Kuma", Group.MONITORING),
    # --- link previews
    Robot("Facebook preview", Group.LINK_PREVIEW, "facebookexternalhit"),
    Robot("X preview", Group.LINK_PREVIEW, "twitterbot/"),
    Robot("LinkedIn preview", Group.LINK_PREVIEW, "linkedinbot"),
    Robot("Slack preview", Group.LINK_PREVIEW, "slackbot"),
    Robot("Discord preview", Group.LINK_PREVIEW, "discordbot/"),
    Robot("Telegram preview", Group.LINK_PREVIEW, "telegrambot"),
    Robot("Pinterest preview", Group.LINK_PREVIEW, "pinterestbot"),
    # --- browsers steered by programs
    Robot("HeadlessChrome", Group.HEADLESS),
    Robot("PhantomJS", Group.HEADLESS),
    Robot("Playwright", Group.HEADLESS),
    Robot("Puppeteer", Group.HEADLESS),
    Robot("Selenium", Group.HEADLESS),
    Robot("Cypress", Group.HEADLESS, "cypress/"),
))  # fmt: skip
"""Robots that owners ask about. Google-Extended and Applebot-Extended are missing on purpose: they are words for
robots.txt, no User-Agent holds them (Google's and Apple's pages about their crawlers)."""


class Looks(NamedTuple):
    """isbot's patterns, in three kinds for speed: as a single expression they would take four times as long."""

    words: list[str]
    rules: tuple[re.Pattern[str], re.Pattern[str]]
    """What they begin with, and the rest."""


def patterns() -> list[str]:
    """isbot's patterns, JavaScript regular expressions that the build laid beside the package. Raises ConfigError."""
    path = folder("built") / "bots.json"
    try:
        return decode(path.read_bytes(), type=list[str])
    except (OSError, MsgspecError):
        raise ConfigError("built", str(path), "the list of robots is missing or broken; run `make build`") from None


def looks(of: Iterable[str]) -> Looks:
    """isbot's patterns, compiled for searching a lower-case text."""
    rules = [_from_javascript(pattern) for pattern in of]
    words = [rule.lower() for rule in rules if re.fullmatch(r"[\w /-]+", rule)]
    starts, others = (
        re.compile("|".join(rule for rule in rules if re.fullmatch(kind, rule)) or "(?!)", re.IGNORECASE | re.ASCII)
        for kind in (r"\^.*", r"(?!\^).*[^\w /-].*")
    )
    return Looks(words, (starts, others))


def _from_javascript(pattern: str) -> str:
    """A JavaScript pattern in Python's syntax: a hyphen after a class is escaped, and alternatives in a look-behind become
    separate look-behinds."""
    pattern = re.sub(r"(\\[dws])-(?=[^\]])", r"\1\\-", pattern)
    return re.sub(r"\(\?<!([^()]*)\)", lambda found: "".join(f"(?<!{word})" for word in found[1].split("|")), pattern)


def known(rows: Iterable[Mapping[str, Any]]) -> list[Robot]:
    """The rows of crawler-user-agents whose pattern is a plain word, as rows of ours. The others are expressions, which we
    do not try one by one on a stranger's text."""
    robots = []
    for row in rows:
        plain = re.sub(r"\[(\w)(\w)\]", _same_letter, row["pattern"].replace("\\", "").lstrip("^"))
        if re.fullmatch(r"[\w ./-]{4,}", plain):
            group = next((group for tag, group in TAGS.items() if tag in row.get("tags", ())), Group.OTHER)
            robots.append(Robot(plain.strip(" /"), group, plain.lower()))
    return robots


def _same_letter(found: re.Match[str]) -> str:
    """``[cC]`` is a letter in either case; any other class stays and makes the pattern an expression."""
    return found[2] if found[1].lower() == found[2].lower() else found[0]
