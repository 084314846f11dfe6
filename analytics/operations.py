"""What the commands do, whether the running service carries them out or the command itself because none runs.

Each operation takes the instance's services and plain JSON values, and returns plain JSON values. Raises FootfallError.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import ValidationError, convert, json, to_builtins

from analytics.clock import local_day
from analytics.errors import FootfallError, InvalidInput
from analytics.query.corrections import described
from analytics.site import Correction, Funnel, Goal
from analytics.snippet import tag
from analytics.store.control.audit import COMMAND_LINE
from analytics.web.accounts.auth import invitation_link, reset_link
from analytics.web.question.steps import KINDS, Step, as_filter, check, said
from analytics.web.services import Services
from analytics.web.setup import dropped_choice
from analytics.web.setup.correction_preview import previewed
from analytics.web.setup.removal import removed

Operation = Callable[..., Any]


def add_site(parts: Services, domain: str, timezone: str) -> dict[str, str]:
    """Adds a site; returns its domain and the tag for its pages."""
    site = parts.control.sites.add(domain, timezone)
    return {"domain": site.domain, "snippet": tag(site.domain, parts.config.base_url, site.settings.script)}


def list_sites(parts: Services) -> list[dict[str, str]]:
    """Every site with its zone."""
    return [{"domain": site.domain, "timezone": site.timezone} for site in parts.control.sites.all()]


def remove_site(parts: Services, site: str) -> list[str]:
    """Removes a site and erases its files; returns the files that may still hold rows of it."""
    return removed(parts, parts.control.sites.find(site), by=COMMAND_LINE)


def add_goal(parts: Services, site: str, goal: Mapping[str, Any]) -> Any:
    """Adds a goal with these fields of ``site.Goal``, or finds it; returns it."""
    return to_builtins(parts.control.goals.add(parts.control.sites.find(site), Goal(id=0, **goal)))


def list_goals(parts: Services, site: str) -> Any:
    """The goals of a site."""
    return to_builtins(parts.control.goals.all(parts.control.sites.find(site)))


def remove_goal(parts: Services, site: str, goal_id: int) -> None:
    """Removes a goal; no event is lost."""
    parts.control.goals.remove(parts.control.sites.find(site), goal_id)


def add_funnel(parts: Services, site: str, name: str, steps: Sequence[Sequence[str]], strict: bool) -> int:
    """Adds a funnel of these steps, a kind (of ``web/question/steps.KINDS``) and a value each; returns its number."""
    found = parts.control.sites.find(site)
    for kind, _value in steps:
        if kind not in KINDS:
            raise FootfallError(f"unknown kind of step “{kind}”; known are {', '.join(KINDS)}")
    funnel = Funnel(name=name, steps=tuple(as_filter(Step(*step)) for step in steps), strict=strict)
    check(funnel, {goal.name for goal in parts.control.goals.all(found)})
    return parts.control.funnels.put(found, funnel).id


def list_funnels(parts: Services, site: str) -> list[dict[str, Any]]:
    """The funnels of a site."""
    funnels = parts.control.funnels.all(parts.control.sites.find(site))
    return [{"id": each.id, "name": each.name, "steps": [said(step) for step in each.steps]} for each in funnels]


def remove_funnel(parts: Services, site: str, funnel_id: int) -> None:
    """Removes a funnel; no event is lost."""
    parts.control.funnels.remove(parts.control.sites.find(site), funnel_id)


def correct(parts: Services, site: str, correction: Mapping[str, Any], dry_run: bool) -> Any:
    """Makes a correction with these fields of ``site.Correction``; returns it with its number. With ``dry_run`` nothing is
    changed: returns what it would change in the last 28 days, as a list of panels with their rows before and after."""
    found = parts.control.sites.find(site)
    try:
        wanted = convert(dict(correction), Correction)
    except ValidationError as error:
        raise FootfallError(f"the correction cannot be read: {error}") from None
    if dry_run:
        return to_builtins(previewed(parts, found, wanted))
    made = parts.register.make(found, wanted, by=COMMAND_LINE)
    return {"id": made.id, "text": described(made)}


def list_corrections(parts: Services, site: str) -> list[dict[str, Any]]:
    """A site's corrections in the order they were made."""
    return [
        {
            "id": each.id,
            "text": described(each),
            "state": "undone" if each.undone_at else "settled" if each.settled_at else "",
        }
        for each in parts.control.corrections.all(parts.control.sites.find(site))
    ]


def undo_correction(parts: Services, site: str, number: int) -> None:
    """Undoes a correction."""
    parts.register.undo(parts.control.sites.find(site), number, by=COMMAND_LINE)


def erase_correction(parts: Services, site: str, number: int) -> None:
    """Makes a correction final: what it took out is erased from the site's file, its backup and the spool."""
    found = parts.control.sites.find(site)
    parts.register.erase(found, number, by=COMMAND_LINE)
    parts.retention.prune(found)


def list_dropped(parts: Services, site: str) -> list[dict[str, Any]]:
    """The events of a site that are kept apart, by reason, group and name. ``who`` is None for the rest of a group, which
    has too many names to list."""
    return [
        {
            **{name: getattr(heap, name) for name in ("reason", "category", "who", "events")},
            "first": str(min(heap.days)),
            "last": str(max(heap.days)),
        }
        for heap in parts.apart.heaps(parts.control.sites.find(site))
    ]


def restore_dropped(parts: Services, site: str, chosen: Mapping[str, str]) -> int:
    """Counts the kept-apart events selected by these fields (``dropped_choice.FIELDS``) after all; returns how many there
    were."""
    found = parts.control.sites.find(site)
    what = dropped_choice.chosen(local_day(parts.clock(), found.timezone), chosen)
    if what is None:
        raise InvalidInput("reason", "Choose what to restore")
    return parts.apart.restore(found, what, by=COMMAND_LINE)


def list_restored(parts: Services, site: str) -> Any:
    """What was restored and can still be put back, the latest first; ``at`` identifies it."""
    return to_builtins(parts.apart.restored(parts.control.sites.find(site)))


def put_back(parts: Services, site: str, at: str) -> int:
    """Undoes the restore made at ``at``; returns how many events were put back."""
    return parts.apart.put_back(parts.control.sites.find(site), dropped_choice.moment_of(at), by=COMMAND_LINE)


def prune(parts: Services, site: str | None, dry_run: bool) -> list[dict[str, Any]]:
    """Erases the data of one site, or of all, that is older than it keeps; returns what was erased. With ``dry_run`` it
    returns what would be."""
    sites = [parts.control.sites.find(site)] if site else parts.control.sites.all()
    look = parts.retention.due if dry_run else parts.retention.prune
    return [{"domain": each.domain, **to_builtins(look(each))} for each in sites]


def add_key(parts: Services, site: str | None, scopes: Sequence[str], name: str) -> str:
    """Creates an API key and returns its text, which cannot be shown again."""
    return parts.control.api_keys.add(parts.control.sites.find(site) if site else None, scopes, name)


def query(parts: Services, question: Mapping[str, Any]) -> Any:
    """Answers a question in the language of the Stats API, ``site_id`` included: one that has ``steps`` is a funnel's, one
    that has ``around`` a flow's."""
    asked = dict(question)
    domain = asked.pop("site_id", None)
    if not isinstance(domain, str):
        raise FootfallError('the query needs a "site_id": the domain of a site')
    site = parts.control.sites.find(domain)
    if "steps" in asked:
        return to_builtins(parts.answers.funnel(site, asked))
    if "around" in asked:
        return to_builtins(parts.answers.flow(site, asked))
    return json.decode(parts.answers.answer(site, asked).as_json())


def rebuild(parts: Services, site: str) -> None:
    """Recomputes all derived data of a site from its events."""
    parts.rebuild(parts.control.sites.find(site))


def list_people(parts: Services) -> list[dict[str, Any]]:
    """Everybody with an account or an invitation, with their role and, for viewers, what they see of each domain."""
    domains = {site.id: site.domain for site in parts.control.sites.all()}
    return [
        {
            "email": member.person.email,
            "name": member.person.name,
            "role": member.person.role,
            "sees": {domains[site]: sections for site, sections in member.given.items() if site in domains},
        }
        for member in parts.control.members.all()
    ]


def invite_person(parts: Services, email: str, role: str, sites: Sequence[str]) -> str:
    """Invites a person, as a viewer to all of these sites; returns the invitation link."""
    given = {parts.control.sites.find(domain).id: None for domain in sites}
    _who, token = parts.control.people.invite(email, role, given)
    return invitation_link(parts, token)


def remove_person(parts: Services, email: str) -> None:
    """Removes a person and ends their sign-ins."""
    parts.control.members.remove(parts.control.people.find(email).id)


OPERATIONS: dict[str, Operation] = {
    "site add": add_site,
    "site list": list_sites,
    "site remove": remove_site,
    "goal add": add_goal,
    "goal list": list_goals,
    "goal remove": remove_goal,
    "funnel add": add_funnel,
    "funnel list": list_funnels,
    "funnel remove": remove_funnel,
    "key add": add_key,
    "person list": list_people,
    "person invite": invite_person,
    "person remove": remove_person,
    "person reset-password": reset_link,
    "correct": correct,
    "correction list": list_corrections,
    "correction undo": undo_correction,
    "correction erase": erase_correction,
    "dropped list": list_dropped,
    "dropped restore": restore_dropped,
    "dropped restored": list_restored,
    "dropped put-back": put_back,
    "prune": prune,
    "query": query,
    "rebuild": rebuild,
}
