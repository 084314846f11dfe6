-- Visitors of a month with a visit over midnight that do not lie in it with every visit that they share a visitor with.
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
