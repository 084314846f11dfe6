-- Views of a site for people without an account. The token is kept as it is, so that its owner can copy the address
-- again: who can read this file can read the rows of the site beside it, of which a link shows less.
CREATE TABLE shared_links (
    id          INTEGER PRIMARY KEY AUTOINCREMENT, -- a number is never given out twice
    site        TEXT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    name        TEXT NOT NULL,
    token       TEXT NOT NULL,
    digest      BLOB NOT NULL UNIQUE,              -- SHA-256 of the token: what a link is found by
    password    TEXT,                              -- Argon2id, of links with a password
    shows       TEXT NOT NULL,                     -- JSON: model.SharedLink without what stands in columns
    UNIQUE (site, name)
) STRICT;
