"""How well robots and kinds of devices are told, and how fast, on public lists of User-Agents.

    python benchmarks/detection.py [how many mistakes to list, 20]

The lists come in packages of the dependency group ``bench`` and are read from there:

- robots: the instances in crawler-user-agents, and the bots among the test cases of Matomo's device detector (package
  device-detector);
- people: browsers seen on busy sites (package fake-useragent), and the browsers among Matomo's test cases;
- kinds of devices: what fake-useragent and Matomo's test cases say they are.

Matomo's cases are one of each kind, not what visitors come with: half of them are phones that few ever had.
"""

import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, NamedTuple

from crawleruseragents import CRAWLER_USER_AGENTS_DATA
from msgspec.json import decode
from yaml_rs import loads as read_yaml

sys.path.insert(0, str(Path(__file__).parent.parent))

from analytics.privacy.agent import Agent, Agents, Facts

KINDS = {
    "desktop": "Desktop",
    "mobile": "Mobile",
    "smartphone": "Mobile",
    "phablet": "Mobile",
    "feature phone": "Mobile",
    "tablet": "Tablet",
    "tv": "TV",
    "console": "Console",
}
"""What the lists call a kind -> what we call it. Others (cars, watches, frames) have no name here."""


class Case(NamedTuple):
    """One User-Agent and what it is."""

    text: str
    source: str
    robot: bool
    kind: str = ""
    """Empty: not asked."""


def crawlers() -> Iterator[Case]:
    """The instances of crawler-user-agents."""
    for row in CRAWLER_USER_AGENTS_DATA:
        for text in row["instances"]:
            yield Case(text, "crawler-user-agents", True)


def seen_browsers() -> Iterator[Case]:
    """fake-useragent's browsers."""
    path = distribution("fake-useragent").locate_file("fake_useragent/data/browsers.jsonl")
    for line in Path(str(path)).read_text(encoding="utf-8").splitlines():
        row = decode(line)
        yield Case(row["useragent"], "fake-useragent", False, KINDS[row["type"]])


def matomo() -> Iterator[Case]:
    """Matomo's test cases: robots, and browsers by kind of device."""
    folder = Path(str(distribution("device-detector").locate_file("device_detector/tests/fixtures/upstream")))
    for path in sorted(folder.glob("*.yml")):
        if path.name.startswith("clienthints"):  # their device stands in other headers
            continue
        for row in read_yaml(path.read_text(encoding="utf-8")):
            if (case := _case(row, path.stem)) is not None:
                yield case


def _case(row: dict[str, Any], file: str) -> Case | None:
    if file == "bots":
        return Case(row["user_agent"], "Matomo", True)
    client, device = row.get("client") or {}, row.get("device") or {}
    if client.get("type") != "browser":
        return None
    return Case(row["user_agent"], "Matomo", False, KINDS.get(device.get("type") or "", ""))


def judged(cases: Iterable[Case], agents: Agents) -> list[tuple[Case, Facts]]:
    """Each case with what we make of it."""
    return [(case, agents.facts(Agent(case.text))) for case in cases]


def print_robots(found: list[tuple[Case, Facts]], listed: int) -> None:
    """Robots that were found, people who were taken for one, and examples of both mistakes."""
    print(f"{'':22} {'robots':>8} {'found':>8} {'named':>8}   {'people':>8} {'taken for robots':>17}")
    for source in dict.fromkeys(case.source for case, _ in found):
        of = [(case, facts) for case, facts in found if case.source == source]
        robots = [facts for case, facts in of if case.robot]
        people = [facts for case, facts in of if not case.robot]
        caught, named = sum(bool(f.bot) for f in robots), sum(f.bot not in ("", "looks like a robot") for f in robots)
        print(
            f"{source:22} {len(robots):8,} {_share(caught, len(robots)):>8} {_share(named, len(robots)):>8}"
            f"   {len(people):8,} {sum(bool(f.bot) for f in people):17,}"
        )
    _list("people taken for robots", [case.text for case, facts in found if not case.robot and facts.bot], listed)
    _list("robots not found", [case.text for case, facts in found if case.robot and not facts.bot], listed)


def print_kinds(found: list[tuple[Case, Facts]], listed: int) -> None:
    """Of each kind of device how many were told, and as what the others were taken."""
    wrong = defaultdict(list)
    for source in ("fake-useragent", "Matomo"):
        print(f"\n{source + ', kinds':22} {'cases':>8} {'right':>8}   taken for")
        by_kind: dict[str, Counter[str]] = defaultdict(Counter)
        for case, facts in found:
            if case.source == source and case.kind:
                by_kind[case.kind][facts.device] += 1
                if facts.device != case.kind:
                    wrong[case.kind].append(f"{facts.device or 'nothing':8} {case.text}")
        for kind, counts in by_kind.items():
            others = ", ".join(f"{other or 'nothing'} {n}" for other, n in counts.most_common() if other != kind)
            print(f"{kind:22} {counts.total():8,} {_share(counts[kind], counts.total()):>8}   {others}")
    for kind, texts in wrong.items():
        _list(f"{kind} taken for another", texts, listed)


def print_speed(texts: list[str]) -> None:
    """Microseconds for a User-Agent that is new, and for one that is known."""
    agents = Agents()
    agents.facts(Agent("warm"))
    texts = random.Random(1).sample(texts, min(2000, len(texts)))
    for name in ("new", "known"):
        started = time.process_time()
        for text in texts:
            agents.facts(Agent(text))
        print(f"a User-Agent that is {name:6} {(time.process_time() - started) / len(texts) * 1e6:8.1f} µs")


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def _list(title: str, texts: list[str], most: int) -> None:
    shown = random.Random(1).sample(texts, min(most, len(texts)))
    print(f"\n{len(texts)} {title}{':' if shown else ''}")
    for text in shown:
        print(f"  {text[:200]}")


def main() -> None:
    """Print all of it."""
    listed = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    cases = list(dict.fromkeys([*crawlers(), *seen_browsers(), *matomo()]))
    found = judged(cases, Agents())
    print_robots(found, listed)
    print_kinds(found, listed)
    print()
    print_speed([case.text for case in cases if not case.robot])


if __name__ == "__main__":
    main()
