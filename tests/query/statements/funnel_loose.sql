WITH found_rows AS NOT MATERIALIZED (
SELECT visit, visitor, name, time, seq, path, source
FROM events WHERE time >= $p0 AND time < $p1
),
found_matched AS (
SELECT rows.visit, rows.visitor, rows.name, rows.time, rows.seq AS d0, ((rows.path IN ($p2)) AND (rows.name IN ($p3))) AS d1, ((nullif(rows.name, $p4) IN ($p5)) AND (NOT (rows.name IN ($p4)))) AS d2
FROM found_rows AS rows
WHERE (rows.source IN ($p6)) AND (((rows.path IN ($p2)) AND (rows.name IN ($p3))) OR ((nullif(rows.name, $p4) IN ($p5)) AND (NOT (rows.name IN ($p4)))))
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
reached2 AS (
SELECT here.visit, min(here.seq) AS seq
FROM found AS here JOIN entered AS before ON before.visit = here.visit
WHERE here.step2 AND here.seq > before.seq
GROUP BY here.visit
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
-- p2 = /cart
-- p3 = pageview
-- p4 = engagement
-- p5 = Order
-- p6 = Google
