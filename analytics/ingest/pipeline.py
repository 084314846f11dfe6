"""What happens to an event, step by step.

Each step is one file in ``steps/``. To add one, write it there and list it in ``STEPS``. A refusal ends the work, unless it
is a suspicion (``apart.SUSPECTS``): then the event is finished like any other, so that it can be kept apart. Of several
suspicions the first is reported. A refusal of another kind overrides it, because then the owner or the visitor wants
nothing to be kept.
"""

from analytics.ingest.apart import SUSPECTS
from analytics.ingest.hit import Hit, Step, event
from analytics.ingest.steps.automated import automated
from analytics.ingest.steps.bot import bot
from analytics.ingest.steps.burst import burst
from analytics.ingest.steps.channel import channel
from analytics.ingest.steps.disguised import disguised
from analytics.ingest.steps.excluded_path import excluded_path
from analytics.ingest.steps.facts import facts
from analytics.ingest.steps.form import form
from analytics.ingest.steps.hostname import hostname
from analytics.ingest.steps.network import network
from analytics.ingest.steps.opt_out import opt_out
from analytics.ingest.steps.page import page
from analytics.ingest.steps.rate import rate
from analytics.ingest.steps.referrer import referrer
from analytics.ingest.steps.screen import screen
from analytics.ingest.steps.scrub import scrub
from analytics.ingest.steps.source import source
from analytics.ingest.steps.spam import spam
from analytics.ingest.steps.too_old import too_old
from analytics.ingest.steps.visitor import visitor
from analytics.model import Apart, Dropped, Event, Reason

STEPS: tuple[Step, ...] = (
    form,  # first: an invalid event is reported as such, whatever else is wrong with it
    too_old,
    opt_out,  # before the visitor: somebody who objects gets no tag
    visitor,
    rate,  # as soon as the visitor is known: a flood must not cost the work on its texts
    scrub,  # before every step that reads a text, so that none sees one as it was sent
    facts,
    network,
    automated,
    disguised,
    bot,
    hostname,
    page,
    excluded_path,
    referrer,
    spam,
    source,
    channel,
    screen,
    burst,  # last: visitors refused for another reason are not part of a crowd
)
"""The order of work. The first step that returns a reason ends it, unless that is a suspicion."""


def run(hit: Hit, steps: tuple[Step, ...] = STEPS) -> Event | Dropped:
    """Runs the steps on ``hit``; returns the event, or why it was refused. Raises InvalidInput if the event is not valid."""
    suspicion: tuple[Reason, str, str] | None = None
    for step in steps:
        reason = step(hit)
        if reason is None:
            continue
        if reason not in SUSPECTS:
            return Dropped(reason)
        suspicion = suspicion or (reason, *SUSPECTS[reason](hit))
        hit.suspected = True
    if suspicion is None:
        return event(hit)
    reason, category, who = suspicion
    return Dropped(reason, Apart(event(hit), category, who))
