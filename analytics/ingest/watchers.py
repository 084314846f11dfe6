"""The memories that detect floods, disguises and bursts. They watch browsers, whose every request speaks for itself, not
batches."""

from msgspec import Struct, field

from analytics.ingest.bursts import Bursts
from analytics.ingest.fetch_metadata import FetchMetadata
from analytics.ingest.rate import Rate


class Watchers(Struct, frozen=True, kw_only=True):
    """One of each; all in memory, all bounded."""

    rate: Rate = field(default_factory=Rate)
    metadata: FetchMetadata = field(default_factory=FetchMetadata)
    bursts: Bursts = field(default_factory=Bursts)
