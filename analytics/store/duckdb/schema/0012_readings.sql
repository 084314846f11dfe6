-- Nearly half of all rows were engagement events, which repeat what their page view says. On closed days an engagement event that follows
-- its page view lies on the page view's row (seal.sql): `stored` is what lies in the file, `events` is what happened.
DROP VIEW raw;

ALTER TABLE events RENAME TO stored;

ALTER TABLE stored ADD COLUMN reading BOOLEAN DEFAULT false;     -- gap, engaged and scroll are those of the engagement event after it

ALTER TABLE stored ALTER COLUMN time SET DATA TYPE TIMESTAMP_S;  -- whole seconds take half the bytes of microseconds

-- One row an event. The name is no constant: DuckDB 2.0.0 fails where it can tell that a comparison is one with NULL
-- ("BindBuiltinScalarFunction did not return a BoundFunctionExpression"; an engagement event has no name for filters).
CREATE VIEW events AS
SELECT * EXCLUDE (reading) REPLACE (
    time::TIMESTAMP AS time,
    CASE WHEN reading THEN 0::UINTEGER ELSE gap END AS gap,
    CASE WHEN reading THEN 0::UINTEGER ELSE engaged END AS engaged,
    CASE WHEN reading THEN 0::UTINYINT ELSE scroll END AS scroll
) FROM stored
UNION ALL
SELECT * EXCLUDE (reading) REPLACE (
    time::TIMESTAMP AS time,
    (seq + 1)::UINTEGER AS seq, replace(name, 'pageview', 'engagement') AS name, false AS interactive, NULL::DECIMAL(18, 3) AS revenue, '' AS currency,
    false AS entry, false AS exit, false AS first_here, false AS read_here, 0::UINTEGER AS views_here,
    false AS read, 0::UINTEGER AS views, 0::UINTEGER AS acts, false AS bounced, 0::UINTEGER AS duration, '' AS places
) FROM stored WHERE reading;

CREATE VIEW raw AS                        -- events without what is worked out at sealing: the columns of model.Row
SELECT
    day, time, seq, gap, visitor, visit, name, hostname, path, interactive, engaged, scroll, revenue, currency, props,
    referrer, source, channel, utm_source, utm_medium, utm_campaign, utm_content, utm_term, country, region, city,
    browser, browser_version, os, os_version, device, language, screen, click_id
FROM events;

ALTER TABLE months ADD COLUMN gathered BOOLEAN DEFAULT false;    -- whether that is so in this month: others are sealed again
ALTER TABLE months ADD COLUMN numbered BOOLEAN DEFAULT false;    -- whether its visits have numbers in the order of its rows
