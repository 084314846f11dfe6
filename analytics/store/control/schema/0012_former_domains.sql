-- The former domains of renamed sites; events for them are accepted for a while.
CREATE TABLE former_domains (
    domain      TEXT PRIMARY KEY,
    site        TEXT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    until       INTEGER NOT NULL
) STRICT;
