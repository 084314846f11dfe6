"""A site's segments, for programs (docs/api.md)."""

from typing import Any

from msgspec import Struct

from analytics.query import segments
from analytics.site import Segment, Site
from analytics.web.api.lists import OF_SITE, PAGES, Deleted, Page, listed, site_id
from analytics.web.api.route import Caller, Route, body
from analytics.web.services import services


class NewSegment(Struct):
    """Filters to save under a name."""

    site_id: str
    name: str
    filters: list[Any]


class SegmentEntry(Struct):
    """A segment."""

    domain: str
    id: int
    name: str
    filters: list[Any]


class SegmentList(Struct):
    """Segments in the order in which they were added."""

    segments: list[SegmentEntry]
    meta: Page


def list_segments(caller: Caller) -> SegmentList:
    """List a site's segments."""
    site, shown, meta = listed(caller, services().control.segments.all)
    return SegmentList([_segment_entry(site, segment) for segment in shown], meta)


def add_segment(caller: Caller) -> SegmentEntry:
    """Save filters under a name."""
    wanted = body(NewSegment)
    site = caller.site(wanted.site_id)
    _check_filters(site, wanted.filters)
    return _segment_entry(site, services().control.segments.add(site, wanted.name, wanted.filters, by=caller.name))


def change_segment(caller: Caller, segment_id: int) -> SegmentEntry:
    """Replace the name and the filters of a segment."""
    wanted = body(NewSegment)
    site = caller.site(wanted.site_id)
    _check_filters(site, wanted.filters)
    segment = Segment(id=segment_id, name=wanted.name, filters=wanted.filters)
    return _segment_entry(site, services().control.segments.change(site, segment, by=caller.name))


def delete_segment(caller: Caller, segment_id: int) -> Deleted:
    """Remove a segment; queries that use it are refused from now on."""
    services().control.segments.remove(caller.site(site_id()), segment_id, by=caller.name)
    return Deleted()


def _segment_entry(site: Site, segment: Segment) -> SegmentEntry:
    return SegmentEntry(domain=site.domain, id=segment.id, name=segment.name, filters=segment.filters)


def _check_filters(site: Site, filters: list[Any]) -> None:
    """Runs a small query with the filters, so that what is saved is valid. Raises QueryError naming the place."""
    segments.check(filters, "#/filters")
    services().answers.answer(site, {"metrics": ["visitors"], "date_range": "day", "filters": filters})


ROUTES = (
    Route("GET", "/v1/sites/segments", list_segments, "sites", SegmentList, parameters=OF_SITE | PAGES),
    Route("POST", "/v1/sites/segments", add_segment, "sites", SegmentEntry, body=NewSegment),
    Route("PUT", "/v1/sites/segments/<int:segment_id>", change_segment, "sites", SegmentEntry, body=NewSegment),
    Route("DELETE", "/v1/sites/segments/<int:segment_id>", delete_segment, "sites", Deleted, parameters=OF_SITE),
)
