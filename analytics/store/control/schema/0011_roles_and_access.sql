-- Owners decide; viewers look, at the sites that are given to them. Everybody was an owner before.
ALTER TABLE people ADD COLUMN role TEXT NOT NULL DEFAULT 'owner' CHECK (role IN ('owner', 'viewer'));

-- What a viewer may see: a row for each site.
CREATE TABLE access (
    person      INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    site        TEXT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    sections    TEXT,                          -- JSON, a list of sections; NULL: all of the site
    PRIMARY KEY (person, site)
) STRICT;

-- The same with another purpose: an invitation, which is a person who has not come in yet.
CREATE TABLE one_time (
    digest      BLOB PRIMARY KEY,
    purpose     TEXT NOT NULL CHECK (purpose IN ('setup', 'password', 'invitation')),
    person      INTEGER REFERENCES people (id) ON DELETE CASCADE,
    expires_at  INTEGER NOT NULL
);
INSERT INTO one_time SELECT digest, purpose, person, expires_at FROM tokens;
DROP TABLE tokens;
ALTER TABLE one_time RENAME TO tokens;
