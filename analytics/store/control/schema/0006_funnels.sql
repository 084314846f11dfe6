-- Steps of a visit whose order an owner wants to look at. They are looked up when a question is asked, so they hold for
-- history at once.

CREATE TABLE funnels (
    id          INTEGER PRIMARY KEY AUTOINCREMENT, -- a number is never given out twice
    site        TEXT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    name        TEXT NOT NULL,
    steps       TEXT NOT NULL,                     -- JSON, a list of filters as in a question
    strict      INTEGER NOT NULL,
    UNIQUE (site, name)
) STRICT;
