"""THE ONLY FILE THAT SEES A USER-AGENT. It is reduced to browser, system, kind of device and whether it is a robot, then
dropped.

Nothing here keeps a User-Agent: facts are remembered under a keyed hash, with a key of this process. Only names from the
parser's own tables are returned: some of its rules copy a name out of the text, and that could be anything.
"""

import os
import re
from dataclasses import astuple
from functools import cache
from hashlib import blake2b
from typing import Any, NoReturn

from crawleruseragents import CRAWLER_USER_AGENTS_DATA
from msgspec import Struct
from ua_parser.core import Domain
from ua_parser.loaders import load_lazy_builtins
from ua_parser.regex import Resolver
from user_agents.parsers import UserAgent, parse_browser, parse_device, parse_operating_system

from analytics.browsers import DEVICES, NAMES, PEOPLES, PERSON
from analytics.robots import ROBOTS, SILENT, UNNAMED, Robot, known, looks, patterns

LONGEST = 512
"""Characters read of a User-Agent: real ones are shorter, and parsing time grows with length."""

REMEMBERED = 10_000
"""How many different User-Agents' facts are kept; then all are forgotten."""


class Facts(Struct, frozen=True):
    """All that is kept of a User-Agent. Empty means unknown; versions are the major number alone."""

    browser: str = ""
    browser_version: str = ""
    os: str = ""
    os_version: str = ""
    device: str = ""
    """``Desktop``, ``Mobile``, ``Tablet``, ``TV``, ``Console`` or empty."""
    bot: str = ""
    """The robot's name, or why it is taken for one; empty for people."""
    bot_group: str = ""
    """What the robot is for (robots.Group); empty for people."""


class Closed:
    """A value that its holder cannot read: it prints nothing and cannot be pickled, so it does not leave the process."""

    __slots__ = ()

    def __repr__(self) -> str:
        """The name of its class alone."""
        return f"<{type(self).__name__}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} does not leave the process")


class Agent(Closed):
    """One request's User-Agent: facts can be derived from it and it can be hashed, but not read."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text[:LONGEST].strip()

    def digest_into(self, hasher: blake2b) -> None:
        """Adds this User-Agent to a hash."""
        hasher.update(self._text.encode("utf-8", "surrogatepass"))


class _Parsed(UserAgent):  # type: ignore[misc] # the library has no types
    """A User-Agent parsed by the user-agents library on ua-parser's fast engine: 50 µs instead of the 1,000 µs of its
    default."""

    def __init__(self, text: str, resolver: Resolver) -> None:
        found = resolver(text, Domain.ALL).complete().with_defaults()
        self.ua_string = text
        self.os = parse_operating_system(*astuple(found.os))
        self.browser = parse_browser(*astuple(found.user_agent))
        self.device = parse_device(*astuple(found.device))


@cache
def _reading() -> tuple[Resolver, set[str]]:
    """ua-parser's engine, and the names in its rules; built once, since that takes a tenth of a second. The rules are the
    lazy ones: the engine compiles them itself, and compiling Python's expressions as well would take that long again for
    nothing."""
    rules: Any = load_lazy_builtins()
    return Resolver(rules), {name for rule in rules[0] + rules[1] for name in (rule.family, *re.split("[()|]", rule.regex))}


KNOWN = known(CRAWLER_USER_AGENTS_DATA)
"""The robots that crawler-user-agents names."""

VERSION = re.compile(r"\d{1,3}|2000|XP|Vista")


class Agents:
    """Derives facts from User-Agents.

    ``robots`` are isbot's patterns (JavaScript regular expressions); by default those that the build placed in the package.
    Raises ConfigError if they are missing: counting robots as people would be worse than not starting.
    """

    def __init__(self, bots: list[str] | None = None) -> None:
        self._robots = Robots(patterns() if bots is None else bots)
        self._resolver, self._names = _reading()
        self._secret = os.urandom(32)
        self._known: dict[bytes, Facts] = {}

    def facts(self, agent: Agent) -> Facts:
        """Browser, system, device and robot. Remembered, so that the next request takes 2 µs."""
        name = blake2b(key=self._secret, digest_size=16)
        agent.digest_into(name)
        if (found := self._known.get(name.digest())) is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            found = self._known[name.digest()] = self._read(agent._text)
        return found

    def _read(self, text: str) -> Facts:
        parsed = _Parsed(text, self._resolver)
        browser, system = self._named(parsed.browser), self._named(parsed.os)
        return Facts(*browser, *system, _device(parsed), *(self._robots.find(text) or ())[:2])

    def _named(self, found: Any) -> tuple[str, str]:
        """The name and major version of a browser or system."""
        name = NAMES.get(found.family, found.family) if found.family in self._names else ""
        version = str(found.version[0]) if name and found.version else ""
        return name, version if VERSION.fullmatch(version) else ""


def _device(parsed: _Parsed) -> str:
    lower = parsed.ua_string.lower()
    if marked := next((row for row in DEVICES if any(map(lower.__contains__, row.words)) or row.rule.search(lower)), None):
        return marked.kind
    # Opera Mini does not say "Mobile Safari" on phones, which user-agents takes for a tablet's silence.
    if parsed.is_tablet and not parsed.browser.family.startswith("Opera M"):
        return "Tablet"
    if parsed.is_pc and not parsed.is_mobile:
        return "Desktop"
    return "Mobile" if parsed.is_mobile or "Mobile" in parsed.ua_string else ""


class Robots:
    """Tells robots from people's browsers by isbot's patterns, which are made to let every real browser through."""

    def __init__(self, patterns: list[str]) -> None:
        self._looks = looks(patterns)

    def find(self, text: str) -> Robot | None:
        """The robot that this User-Agent belongs to, ``UNNAMED`` if it only looks like one, None for a person's browser."""
        if not text:
            return SILENT
        lower = text.lower()
        if (robot := next((robot for robot in ROBOTS if robot.word in lower), None)) or PERSON.search(lower):
            return robot
        plain = PEOPLES.sub("", lower)
        if any(word in plain for word in self._looks.words) or any(rule.search(plain) for rule in self._looks.rules):
            return next((robot for robot in KNOWN if robot.word in plain), UNNAMED)
        return None
