-- What is worked out when a day is sealed, so that a question about a year need not work it out again.

-- Marks on the rows of sealed days. Each is about one day: a visit over midnight is not settled.
ALTER TABLE events ADD COLUMN settled BOOLEAN DEFAULT false;     -- sealed, and all visits of this visitor lie in this day
ALTER TABLE events ADD COLUMN entry BOOLEAN DEFAULT false;       -- one row a visit: its first page view, else its first row
ALTER TABLE events ADD COLUMN exit BOOLEAN DEFAULT false;        -- one row a visit: its last page view, else its last row
ALTER TABLE events ADD COLUMN alone BOOLEAN DEFAULT false;       -- the visitor has no other visit this day
ALTER TABLE events ADD COLUMN first_here BOOLEAN DEFAULT false;  -- one row a visit and path
ALTER TABLE events ADD COLUMN alone_here BOOLEAN DEFAULT false;  -- no other visit of the visitor this day has this path
ALTER TABLE events ADD COLUMN read_here BOOLEAN DEFAULT false;   -- on first_here: the visit engaged with this path
ALTER TABLE events ADD COLUMN views_here UINTEGER DEFAULT 0;     -- on first_here: page views of this path in the visit
ALTER TABLE events ADD COLUMN read BOOLEAN DEFAULT false;        -- on entry and exit, like all below: the visit engaged
ALTER TABLE events ADD COLUMN views UINTEGER DEFAULT 0;          -- page views of the visit
ALTER TABLE events ADD COLUMN acts UINTEGER DEFAULT 0;           -- events of the visit, without engagement
ALTER TABLE events ADD COLUMN bounced BOOLEAN DEFAULT false;
ALTER TABLE events ADD COLUMN duration UINTEGER DEFAULT 0;       -- seconds

ALTER TABLE days ADD COLUMN zone VARCHAR DEFAULT '';             -- of the site when the day was sealed
ALTER TABLE days ADD COLUMN rules VARCHAR DEFAULT '';            -- digest of the section rules its roll-ups were made with
ALTER TABLE days ADD COLUMN fine BOOLEAN DEFAULT false;          -- has roll-ups of dimensions with many values too

DROP TABLE visits;

-- Roll-ups: measures of the settled rows by day, dimension and value; and the same by month. Additive, so a range is a sum.
CREATE TABLE rollup_days (
    dimension VARCHAR NOT NULL,           -- as in a question; '' is the whole
    day       DATE NOT NULL,
    value     VARCHAR NOT NULL,           -- as people read it
    visitors  UBIGINT NOT NULL,
    visits    UBIGINT NOT NULL,
    pageviews UBIGINT NOT NULL,
    events    UBIGINT NOT NULL,
    engaged   UBIGINT NOT NULL,           -- milliseconds
    readers   UBIGINT NOT NULL,
    landings  UBIGINT NOT NULL,
    bounces   UBIGINT NOT NULL,
    duration  UBIGINT NOT NULL,           -- seconds
    views     UBIGINT NOT NULL
);

CREATE TABLE rollup_months AS SELECT * RENAME (day AS month) FROM rollup_days;

CREATE TABLE months (                     -- months that are over, with roll-ups of their own and their rows in order
    month DATE NOT NULL,                  -- its first day
    rules VARCHAR NOT NULL
);

-- Sealed before there were marks: to be sealed again.
UPDATE days SET sealed_at = NULL;
