-- What an owner decided about events that are there, and those to come. Never deleted: the list is also the history
-- of what was done to the numbers.

CREATE TABLE corrections (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,  -- a number is never given out twice; the order they hold in
    site        TEXT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    rule        TEXT NOT NULL,                      -- JSON of model.Correction, without number and times
    made_at     INTEGER NOT NULL,
    until       INTEGER,                            -- events from then on are not touched; NULL: no end
    carried_out INTEGER NOT NULL DEFAULT 0,         -- 0: the process ended before the rows were changed; it does not stand
    undone_at   INTEGER,
    settled_at  INTEGER                             -- what it took out was erased; NULL: it can be undone
);
