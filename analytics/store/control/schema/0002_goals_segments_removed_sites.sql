-- What an owner wants visitors to do, and filters that were saved under a name. Both are looked up when a
-- question is asked, so they hold for history at once.

CREATE TABLE goals (
    id               INTEGER PRIMARY KEY AUTOINCREMENT, -- a number is never given out twice
    site             TEXT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    name             TEXT NOT NULL,
    kind             TEXT NOT NULL CHECK (kind IN ('event', 'page', 'scroll')),
    event_name       TEXT NOT NULL,                     -- empty unless an event
    page_path        TEXT NOT NULL,                     -- empty if an event
    scroll_threshold INTEGER NOT NULL,                  -- per cent; -1 unless scroll
    currency         TEXT NOT NULL,                     -- ISO 4217, or empty
    props            TEXT NOT NULL,                     -- JSON object of texts, in the order of its names
    UNIQUE (site, name),
    UNIQUE (site, kind, event_name, page_path, scroll_threshold, currency, props)
);

CREATE TABLE segments (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    site        TEXT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    name        TEXT NOT NULL,
    filters     TEXT NOT NULL,                          -- JSON, as in a question
    UNIQUE (site, name)
);

-- Sites that were removed, by their random names: rows of them that still lie in the spool are of nobody any more.
CREATE TABLE removed_sites (
    id          TEXT PRIMARY KEY,
    removed_at  INTEGER NOT NULL
);
