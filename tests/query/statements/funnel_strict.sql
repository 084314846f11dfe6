WITH chosen_rows AS NOT MATERIALIZED (
SELECT visit, visitor, name, time, path
FROM events WHERE time >= $p0 AND time < $p1
),
chosen_matched AS (
SELECT rows.visit, rows.visitor, rows.name, rows.time
FROM chosen_rows AS rows
WHERE (rows.path IN ($p2))
),
chosen AS MATERIALIZED (
SELECT DISTINCT visit
FROM chosen_matched
),
found_rows AS NOT MATERIALIZED (
SELECT visit, visitor, name, time, seq, path
FROM events WHERE time >= $p0 AND time < $p1 AND visit IN (SELECT visit
FROM chosen)
),
found_matched AS (
SELECT rows.visit, rows.visitor, rows.name, rows.time, rows.seq AS d0, ((rows.path IN ($p3)) AND (rows.name IN ($p4))) AS d1, ((nullif(rows.name, $p5) IN ($p6)) AND (NOT (rows.name IN ($p5)))) AS d2
FROM found_rows AS rows
WHERE (((rows.path IN ($p3)) AND (rows.name IN ($p4))) OR ((nullif(rows.name, $p5) IN ($p6)) AND (NOT (rows.name IN ($p5)))))
),
found AS MATERIALIZED (
SELECT visit, visitor, d0 AS seq, d1 AS step1, d2 AS step2
FROM found_matched
),
entered AS (
SELECT visit, min(seq) AS seq, arg_min(visitor, seq) AS visitor
FROM found
WHERE step1
GROUP BY visit
),
hopeful AS (
SELECT visit
FROM found
GROUP BY visit
HAVING min(seq) FILTER (WHERE step1) < max(seq) FILTER (WHERE step2)
),
acts_rows AS NOT MATERIALIZED (
SELECT visit, visitor, name, time, seq, path
FROM events WHERE time >= $p0 AND time < $p1 AND visit IN (SELECT visit
FROM chosen) AND visit IN (SELECT visit
FROM hopeful)
),
acts_matched AS (
SELECT rows.visit, rows.visitor, rows.name, rows.time, rows.seq AS d0, rows.path AS d1, ((rows.path IN ($p3)) AND (rows.name IN ($p4))) AS d2, ((nullif(rows.name, $p5) IN ($p6)) AND (NOT (rows.name IN ($p5)))) AS d3
FROM acts_rows AS rows
WHERE ((NOT (rows.name IN ($p5))))
),
acts AS (
SELECT visit, visitor, d0 AS seq, d1 AS path, d2 AS step1, d3 AS step2
FROM acts_matched
),
moves AS (
SELECT visit, seq, step1, step2, CASE WHEN path = lag(path) OVER (PARTITION BY visit ORDER BY seq) THEN 0 ELSE 1 END AS moved
FROM acts
),
stays AS (
SELECT visit, seq, step1, step2, moved, CAST(sum(moved) OVER (PARTITION BY visit ORDER BY seq) AS BIGINT) AS stay
FROM moves
),
reached1 AS (
SELECT visit, stay, min(seq) AS seq
FROM stays
WHERE step1
GROUP BY visit, stay
),
reached2 AS (
SELECT here.visit, here.stay, min(here.seq) AS seq
FROM stays AS here JOIN reached1 AS before ON before.visit = here.visit AND before.stay = here.stay - here.moved
WHERE here.step2 AND here.seq > before.seq
GROUP BY here.visit, here.stay
)
SELECT 1 AS step, count(*) AS visits, count(DISTINCT visitor) AS visitors
FROM entered
UNION ALL
SELECT 2 AS step, count(*) AS visits, count(DISTINCT visitor) AS visitors
FROM entered
WHERE visit IN (SELECT visit
FROM reached2)
ORDER BY step

-- p0 = 2026-10-20 22:00:00
-- p1 = 2026-11-17 23:00:00
-- p2 = /a
-- p3 = /cart
-- p4 = pageview
-- p5 = engagement
-- p6 = Order
