-- Closes the days from $first to $last: times become quarter-hours, the seconds between events one sum a visit and
-- quarter-hour, the order of arrival is lost, and rows are marked so that questions need not tell visits and visitors
-- apart again. May be repeated: it changes nothing then. Rows go by what filters ask for most, so that a filter skips
-- what it excludes.

-- Visitors with a visit that another day has a part of, and those whose visits differ in a coarse attribute of the person: whom a
-- server knows by a label may come by telephone and computer. Such visits are looked for two days away: a zone may leave a day out
-- (Apia had no 30 December 2011).
CREATE OR REPLACE TEMP TABLE unsettled AS
SELECT visitor FROM events
WHERE day BETWEEN $first AND $last AND visit IN (
    SELECT visit FROM events WHERE day BETWEEN $first - 2 AND $last + 2 GROUP BY visit HAVING min(day) <> max(day)
)
UNION
SELECT visitor FROM events WHERE day BETWEEN $first AND $last GROUP BY day, visitor
HAVING min(country) <> max(country) OR min(device) <> max(device) OR min(browser) <> max(browser) OR min(os) <> max(os);

CREATE OR REPLACE TEMP TABLE sealed AS
SELECT * EXCLUDE (quarter) REPLACE (
    quarter AS time,
    CASE WHEN row_number() OVER (PARTITION BY day, visit, quarter ORDER BY seq DESC) = 1
         THEN sum(gap) OVER (PARTITION BY day, visit, quarter) ELSE 0 END AS gap,
    false AS inside,
    '' AS places,
    first_here AND read_here AS read_here,
    CASE WHEN first_here THEN views_here ELSE 0 END AS views_here,
    (entry OR exit) AND read AS read,
    CASE WHEN entry OR exit THEN views ELSE 0 END AS views,
    CASE WHEN entry OR exit THEN acts ELSE 0 END AS acts,
    (entry OR exit) AND bounced AS bounced,
    CASE WHEN entry OR exit THEN duration ELSE 0 END AS duration
)
FROM (
    SELECT * REPLACE (
        visitor NOT IN (SELECT visitor FROM unsettled) AS settled,
        row_number() OVER (PARTITION BY day, visit ORDER BY name <> 'pageview', seq) = 1 AS entry,
        row_number() OVER (PARTITION BY day, visit ORDER BY name <> 'pageview', seq DESC) = 1 AS exit,
        min(visit) OVER (PARTITION BY day, visitor) = max(visit) OVER (PARTITION BY day, visitor) AS alone,
        row_number() OVER (PARTITION BY day, visit, path ORDER BY seq) = 1 AS first_here,
        min(visit) OVER (PARTITION BY day, visitor, path) = max(visit) OVER (PARTITION BY day, visitor, path) AS alone_here,
        bool_or(name = 'engagement') OVER (PARTITION BY day, visit, path) AS read_here,
        count(*) FILTER (name = 'pageview') OVER (PARTITION BY day, visit, path) AS views_here,
        bool_or(name = 'engagement') OVER (PARTITION BY day, visit) AS read,
        count(*) FILTER (name = 'pageview') OVER (PARTITION BY day, visit) AS views,
        count(*) FILTER (name <> 'engagement') OVER (PARTITION BY day, visit) AS acts,
        count(*) FILTER (name = 'pageview') OVER (PARTITION BY day, visit) = 1
            AND count(*) FILTER (interactive AND name NOT IN ('pageview', 'engagement')) OVER (PARTITION BY day, visit) = 0
            AS bounced,
        sum(gap) OVER (PARTITION BY day, visit) AS duration
    ), time_bucket(INTERVAL 15 MINUTE, time) AS quarter
    FROM events WHERE day BETWEEN $first AND $last
);

DELETE FROM events WHERE day BETWEEN $first AND $last;

INSERT INTO events SELECT * FROM sealed
ORDER BY settled, device, country, browser, os, channel, source, browser_version, os_version, language, screen, visit, seq;

DELETE FROM days WHERE day BETWEEN $first AND $last;

INSERT INTO days
SELECT day, $sealed_at, $zone, $rules, true, count(*), NOT bool_and(settled), NOT bool_and(settled) FROM sealed GROUP BY day;

DELETE FROM rollup_days WHERE day BETWEEN $first AND $last;

-- A closed month knows its rows by marks that are gone now (order_month.sql).
DELETE FROM rollup_months WHERE month BETWEEN date_trunc('month', $first) AND $last;

DELETE FROM months WHERE month BETWEEN date_trunc('month', $first) AND $last;

DROP TABLE sealed;

DROP TABLE unsettled;
