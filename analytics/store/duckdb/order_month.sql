-- Puts a whole month's rows in the order that a sealed day has (seal.sql): a filter then skips most of a month at once.
-- And marks the visits over midnight that lie in this month with every visit that they share a visitor with.
CREATE OR REPLACE TEMP TABLE outside AS
WITH RECURSIVE
crossing AS (
    SELECT DISTINCT visit, visitor FROM events
    WHERE settled = false AND day >= $month AND day < $month + INTERVAL 1 MONTH
),
reached(visitor) AS (
    SELECT visitor FROM crossing
    WHERE visit IN (
        SELECT visit FROM events
        WHERE (day < $month AND day >= $month - INTERVAL 2 DAY)
            OR (day >= $month + INTERVAL 1 MONTH AND day < $month + INTERVAL 1 MONTH + INTERVAL 2 DAY)
    )
    UNION
    SELECT there.visitor FROM reached
    JOIN crossing AS here ON here.visitor = reached.visitor
    JOIN crossing AS there ON there.visit = here.visit
)
SELECT visitor FROM reached;

CREATE OR REPLACE TEMP TABLE ordered AS
SELECT * REPLACE (settled = false AND visitor NOT IN (SELECT visitor FROM outside) AS inside)
FROM events WHERE day >= $month AND day < $month + INTERVAL 1 MONTH
ORDER BY
    settled, inside, device, country, browser, os, channel, source, browser_version, os_version, language, screen, visit, seq;

DELETE FROM events WHERE day >= $month AND day < $month + INTERVAL 1 MONTH;

INSERT INTO events SELECT * FROM ordered;

DROP TABLE ordered;

DROP TABLE outside;

-- Made anew, beginning with the visits over midnight (close_month.sql).
DELETE FROM months WHERE month = $month;

DELETE FROM rollup_months WHERE month = $month;
