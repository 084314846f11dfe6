-- One site's file. No keys, no indexes: they double the file, halve the speed, and are where DuckDB's
-- fatal errors come from. The spool's positions keep rows from being stored twice.

CREATE TABLE events (                     -- the truth; columns are the fields of analytics.model.Row
    day             DATE NOT NULL,        -- in the site's zone
    time            TIMESTAMP NOT NULL,   -- UTC; quarter-hours once the day is sealed
    seq             UINTEGER NOT NULL,    -- order within the visit
    gap             UINTEGER NOT NULL,    -- seconds since the visit's event before; sealed: all on the day's last row
    visitor         UBIGINT NOT NULL,     -- random, one per visitor and day
    visit           UBIGINT NOT NULL,     -- random, one per visit
    name            VARCHAR NOT NULL,
    hostname        VARCHAR NOT NULL,
    path            VARCHAR NOT NULL,
    interactive     BOOLEAN NOT NULL,
    engaged         UINTEGER NOT NULL,    -- milliseconds
    scroll          UTINYINT NOT NULL,    -- percent
    revenue         DECIMAL(18, 3),
    currency        VARCHAR NOT NULL,
    props           MAP(VARCHAR, VARCHAR) NOT NULL,
    referrer        VARCHAR NOT NULL,
    source          VARCHAR NOT NULL,
    channel         VARCHAR NOT NULL,
    utm_source      VARCHAR NOT NULL,
    utm_medium      VARCHAR NOT NULL,
    utm_campaign    VARCHAR NOT NULL,
    utm_content     VARCHAR NOT NULL,
    utm_term        VARCHAR NOT NULL,
    country         VARCHAR NOT NULL,
    region          VARCHAR NOT NULL,
    city            VARCHAR NOT NULL,
    browser         VARCHAR NOT NULL,
    browser_version VARCHAR NOT NULL,
    os              VARCHAR NOT NULL,
    os_version      VARCHAR NOT NULL,
    device          VARCHAR NOT NULL,
    language        VARCHAR NOT NULL,
    screen          VARCHAR NOT NULL
);

CREATE TABLE dropped (                    -- the ledger's other side; additive
    day    DATE NOT NULL,
    reason VARCHAR NOT NULL,
    events UBIGINT NOT NULL
);

CREATE TABLE days (                       -- every day that has events
    day       DATE NOT NULL,
    sealed_at TIMESTAMP                   -- UTC; null: open
);

CREATE TABLE visits (                     -- derived when a day is sealed: a visit's part of one day
    day         DATE NOT NULL,
    visit       UBIGINT NOT NULL,
    visitor     UBIGINT NOT NULL,
    duration    UINTEGER NOT NULL,        -- seconds
    pageviews   UINTEGER NOT NULL,
    events      UINTEGER NOT NULL,        -- without engagement
    interactive BOOLEAN NOT NULL,         -- has a custom event that ends a bounce
    entry_page  VARCHAR,                  -- null: no page view
    exit_page   VARCHAR
);

CREATE TABLE restarts (                   -- days on which a crash lost the visitor map
    day DATE NOT NULL
);

CREATE TABLE batches (                    -- idempotency keys, as digests
    key    VARCHAR NOT NULL,
    answer VARCHAR NOT NULL
);

CREATE TABLE positions (                  -- how far each segment of the spool is stored
    segment  VARCHAR NOT NULL,
    "offset" UBIGINT NOT NULL
);
