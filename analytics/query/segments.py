"""Segments: saved filters, inserted where a question names them (``["is", "segment", [id]]``) before anything is queried.

At the top level the filters of a single segment simply join the others, so that everything allowed there is allowed in
them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from analytics.errors import QueryError
from analytics.languages import marked
from analytics.query.filter_json import Spot, check_size, read
from analytics.query.filters import AllOf, AnyOf, Done, Filter, Not, Saved, parts_of
from analytics.site import Segment


def check(source: Any, place: str) -> None:
    """Raises QueryError, naming the place, for filters that cannot be a segment's."""
    check_size(read(source, Spot(place, of_segment=True)), place)


def named(filters: Sequence[Filter]) -> bool:
    """Whether these filters name a segment, at any depth."""
    return any(isinstance(part, Saved) or named(parts_of(part)) for part in filters)


def expanded(filters: Sequence[Filter], segments: Sequence[Segment], place: str = "#/filters") -> tuple[Filter, ...]:
    """The filters with each segment replaced by its own. Raises QueryError for a segment that does not exist, or whose
    filters are not allowed where it is named. The place then continues into the segment: ``#/filters/0/2/0/1/2`` are the
    values of its second filter."""
    known = {segment.id: segment for segment in segments}
    found = tuple(_top_level(filters, known))
    check_size(found, place)
    return found


def _top_level(filters: Sequence[Filter], known: Mapping[int, Segment]) -> Iterator[Filter]:
    for part in filters:
        if isinstance(part, Saved) and len(part.ids) == 1:
            yield from _filters(part, 0, 0, known)
        else:
            yield _expanded(part, known)


def _expanded(part: Filter, known: Mapping[int, Segment]) -> Filter:
    match part:
        case Saved():
            return _any_of(part, known)
        case AllOf() | AnyOf():
            return replace(part, filters=tuple(_expanded(inner, known) for inner in part.filters))
        case Not() | Done():
            return replace(part, filter=_expanded(part.filter, known))
        case _:
            return part


def _any_of(part: Saved, known: Mapping[int, Segment]) -> Filter:
    if len(part.ids) == 1:
        return AllOf(_filters(part, 0, 1, known))
    return AnyOf(tuple(AllOf(_filters(part, number, 2, known)) for number in range(len(part.ids))))


def _filters(part: Saved, number: int, deeper: int, known: Mapping[int, Segment]) -> tuple[Filter, ...]:
    """A segment's filters, read as if they were written where it is named, that many levels deeper."""
    spot = Spot(f"{part.place}/2/{number}", part.depth + deeper, part.of_visit, of_segment=True)
    segment = known.get(part.ids[number])
    if segment is None:
        raise QueryError(spot.place, marked("There is no segment %(number)s on this site"), number=part.ids[number])
    return read(segment.filters, spot)
