-- Rows of the owner's own in the table of sources. They hold for all sites: a host is the same place, whoever links from it.
CREATE TABLE own_sources (
    id    INTEGER PRIMARY KEY,
    name  TEXT NOT NULL,
    kind  TEXT NOT NULL,
    hosts TEXT NOT NULL,                  -- JSON, a list
    tags  TEXT NOT NULL                   -- JSON, a list
) STRICT;
