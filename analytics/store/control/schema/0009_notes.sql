-- What happened on a day of a site, written beside its figures. Day and time are those of the site's clock.

CREATE TABLE notes (
    id          INTEGER PRIMARY KEY AUTOINCREMENT, -- a number is never given out twice
    site        TEXT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    day         TEXT NOT NULL,                     -- YYYY-MM-DD
    time        TEXT NOT NULL,                     -- HH:MM; empty: the whole day
    text        TEXT NOT NULL,
    public      INTEGER NOT NULL,                  -- 1: on shared and public views, too
    UNIQUE (site, day, time, text)
);
