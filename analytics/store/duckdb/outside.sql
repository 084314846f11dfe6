-- Visitors of a month that are not settled and do not lie in it with every visit that they share a visitor with; nor do those
-- whose visits differ in a coarse attribute of the person (seal.sql), so that inside of it nobody does.
CREATE OR REPLACE TEMP TABLE outside AS
WITH RECURSIVE
crossing AS (
    SELECT DISTINCT visit, visitor FROM stored
    WHERE settled = false AND day >= $month AND day < $month + INTERVAL 1 MONTH
),
differing AS (
    SELECT visitor FROM stored
    WHERE settled = false AND day >= $month AND day < $month + INTERVAL 1 MONTH
    GROUP BY day, visitor
    HAVING min(hash(country, device, browser, os)) <> max(hash(country, device, browser, os))
),
reached(visitor) AS (
    SELECT visitor FROM crossing
    WHERE visitor IN (SELECT visitor FROM differing) OR visit IN (
        SELECT visit FROM stored
        WHERE (day < $month AND day >= $month - INTERVAL 2 DAY)
            OR (day >= $month + INTERVAL 1 MONTH AND day < $month + INTERVAL 1 MONTH + INTERVAL 2 DAY)
    )
    UNION
    SELECT there.visitor FROM reached
    JOIN crossing AS here ON here.visitor = reached.visitor
    JOIN crossing AS there ON there.visit = here.visit
)
SELECT visitor FROM reached;
