"""What is remembered of who came before, to tell floods, disguises and crowds: of browsers, which speak for themselves."""

from msgspec import Struct, field

from analytics.ingest.bursts import Bursts
from analytics.ingest.fetch_metadata import FetchMetadata
from analytics.ingest.rate import Rate


class Watchers(Struct, frozen=True, kw_only=True):
    """One of each. All in memory, all bounded."""

    rate: Rate = field(default_factory=Rate)
    metadata: FetchMetadata = field(default_factory=FetchMetadata)
    bursts: Bursts = field(default_factory=Bursts)
