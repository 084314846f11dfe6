"""Detects bursts: many visitors from one network who each send one event and are never heard of again.

A farm of headless browsers that each request one page under changing names looks like that. The door identifies a network
(/24, IPv6: /48) by a tag that is meaningful only under today's key, and what is known about it stays in memory for half an
hour. While a network behaves like this, its newcomers are held apart until they send a second event.

People must not be caught, so all of this has to hold at once: there is a crowd, practically nobody in it did a second
thing, and on this site visitors from other networks usually do. docs/bots.md has the figures from which the thresholds were
chosen. Only visitors with the same kind of client, that is browser, are compared: an app's built-in browser may never
report that somebody left, so its users do a single thing wherever they are.
"""

from collections import deque
from threading import Lock

from msgspec import Struct

from analytics.model import Visitor

SETTLED = 5 * 60.0
"""Seconds after which a visitor who did one thing counts as such. By then most people have looked away, scrolled or left,
which our script reports."""
WINDOW = 30 * 60.0
"""Seconds for which somebody is remembered: the length of a visit's pause."""
CROWD = 100
"""Settled visitors of one network within the window; fewer are never a burst."""
LONE = 0.98
"""The share of a crowd that did only one thing. On a site where 80 % of all people do so, 100 people of one network would
reach it by chance once in ten million times."""
WITNESSES = 20
"""Settled visitors from other networks that a site must have had before anything is a burst."""
LIVELY = 0.2
"""The share of witnesses that did a second thing. If clients report only page views, or everybody reads one page and
leaves, a single event proves nothing."""
WITNESSES_PER_NETWORK = 5
"""The most witnesses from one network, so that a burst cannot be its own witness."""
MOST_VISITORS = 100_000
"""Remembered at once (about 25 MB). Beyond that, newcomers are not watched."""


class _Witnesses(Struct, gc=False):
    """What a site's visitors usually do, sampled from a few visitors per network."""

    settled: int = 0
    lively: int = 0

    def settle(self) -> None:
        """Counts one more visitor. Older ones lose weight, so that a new script on the site is noticed."""
        if self.settled >= 20 * WITNESSES:
            self.settled //= 2
            self.lively //= 2
        self.settled += 1


class _Crowd(Struct, gc=False):
    """The remembered visitors of one network and kind of client."""

    key: tuple[int, str]
    here: int = 0
    settled: int = 0
    lone: int = 0


class _Newcomer(Struct, gc=False):
    """One remembered visitor."""

    tag: int
    at: float
    crowd: _Crowd
    witnesses: _Witnesses
    lively: bool
    witness: bool
    settled: bool = False


class Bursts:
    """Watches the networks of all sites. Safe to use from several threads. Its memory is neither stored nor handed over."""

    def __init__(self, most_visitors: int = MOST_VISITORS) -> None:
        self._most_visitors = most_visitors
        self._lock = Lock()
        self._visitors: dict[int, _Newcomer] = {}
        self._crowds: dict[tuple[int, str], _Crowd] = {}
        self._witnesses: dict[tuple[str, str], _Witnesses] = {}
        self._arrived: deque[_Newcomer] = deque()
        """In the order of arrival; once settled, they are in the other one."""
        self._settled: deque[_Newcomer] = deque()

    def allows(self, site_id: str, who: Visitor, now: float, *, kind: str = "", lively: bool = False) -> bool:
        """Records an event of ``who`` at ``now`` (seconds). False if ``who`` is a newcomer from a network that is bursting.

        ``kind`` is the kind of client; only visitors of the same kind are compared. ``lively`` marks an event that proves a
        person is already there (reading time).
        """
        if not who.network:
            return True
        with self._lock:
            self._grow_older(now)
            known = self._visitors.get(who.tag)
            if known is None:
                return self._greet(who, (who.network, kind), (site_id, kind), now, lively)
            if not known.lively:
                _enliven(known)
            return True

    def __len__(self) -> int:
        """How many visitors are remembered."""
        return len(self._visitors)

    def _greet(self, who: Visitor, place: tuple[int, str], public: tuple[str, str], now: float, lively: bool) -> bool:
        if len(self._visitors) >= self._most_visitors:
            return True
        crowd = self._crowds.get(place)
        if crowd is None:
            crowd = self._crowds[place] = _Crowd(place)
        witnesses = self._witnesses.get(public)
        if witnesses is None:
            witnesses = self._witnesses[public] = _Witnesses()
        newcomer = _Newcomer(who.tag, now, crowd, witnesses, lively, crowd.here < WITNESSES_PER_NETWORK)
        crowd.here += 1
        self._visitors[who.tag] = newcomer
        self._arrived.append(newcomer)
        return lively or crowd.settled < CROWD or not _bursting(crowd, witnesses)

    def _grow_older(self, now: float) -> None:
        while self._arrived and self._arrived[0].at + SETTLED <= now:
            newcomer = self._arrived.popleft()
            _settle(newcomer)
            self._settled.append(newcomer)
        while self._settled and self._settled[0].at + WINDOW <= now:
            self._forget(self._settled.popleft())

    def _forget(self, newcomer: _Newcomer) -> None:
        del self._visitors[newcomer.tag]
        crowd = newcomer.crowd
        crowd.here -= 1
        crowd.settled -= 1
        crowd.lone -= not newcomer.lively
        if not crowd.here:
            del self._crowds[crowd.key]


def _settle(newcomer: _Newcomer) -> None:
    newcomer.settled = True
    newcomer.crowd.settled += 1
    newcomer.crowd.lone += not newcomer.lively
    if newcomer.witness:
        newcomer.witnesses.settle()
        newcomer.witnesses.lively += newcomer.lively


def _enliven(newcomer: _Newcomer) -> None:
    """Marks a visitor who sent a second event."""
    newcomer.lively = True
    if newcomer.settled:
        newcomer.crowd.lone -= 1
        newcomer.witnesses.lively += newcomer.witness


def _bursting(crowd: _Crowd, witnesses: _Witnesses) -> bool:
    return (
        crowd.settled >= CROWD
        and crowd.lone >= LONE * crowd.settled
        and witnesses.settled >= WITNESSES
        and witnesses.lively >= LIVELY * witnesses.settled
    )
