-- What the owner decides. Nothing in here comes from a visitor.
-- Times are seconds since the epoch, UTC.

CREATE TABLE people (
    id          INTEGER PRIMARY KEY,
    email       TEXT NOT NULL UNIQUE,          -- lower case
    name        TEXT NOT NULL,
    password    TEXT NOT NULL,                 -- Argon2id with its parameters
    created_at  INTEGER NOT NULL
);

-- Links that work once: setting up, a new password. Only the SHA-256 of a token is kept.
CREATE TABLE tokens (
    digest      BLOB PRIMARY KEY,
    purpose     TEXT NOT NULL CHECK (purpose IN ('setup', 'password')),
    person      INTEGER REFERENCES people (id) ON DELETE CASCADE,
    expires_at  INTEGER NOT NULL
);

CREATE TABLE sign_ins (
    digest      BLOB PRIMARY KEY,              -- SHA-256 of the token in the cookie
    person      INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    created_at  INTEGER NOT NULL,
    seen_at     INTEGER NOT NULL
);

CREATE TABLE sites (
    id          TEXT PRIMARY KEY,
    domain      TEXT NOT NULL UNIQUE,
    timezone    TEXT NOT NULL,
    settings    TEXT NOT NULL,                 -- JSON of model.SiteSettings
    created_at  INTEGER NOT NULL
);

CREATE TABLE sections (
    site        TEXT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    position    INTEGER NOT NULL,
    name        TEXT NOT NULL,
    pattern     TEXT NOT NULL,
    PRIMARY KEY (site, position)
);

CREATE TABLE keys (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    digest      BLOB NOT NULL UNIQUE,          -- SHA-256 of the key
    name        TEXT NOT NULL,
    scopes      TEXT NOT NULL,                 -- parted by blanks
    site        TEXT REFERENCES sites (id) ON DELETE CASCADE, -- NULL: all sites
    created_at  INTEGER NOT NULL
);

CREATE TABLE audit (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    at          INTEGER NOT NULL,
    who         TEXT NOT NULL,                 -- an e-mail address, or 'command line'
    what        TEXT NOT NULL,
    subject     TEXT NOT NULL
);

CREATE TABLE secrets (
    name        TEXT PRIMARY KEY,
    value       BLOB NOT NULL
);
