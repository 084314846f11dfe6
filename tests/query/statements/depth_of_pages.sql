WITH rows AS NOT MATERIALIZED (
SELECT visit, visitor, name, time, scroll, path
FROM events WHERE time >= $p0 AND time < $p1
),
matched AS (
SELECT rows.visit, rows.visitor, rows.name, rows.time, rows.scroll, rows.path AS d0
FROM rows
),
depths AS (
SELECT visit, d0, max(scroll) AS scroll
FROM matched
WHERE name = $p2
GROUP BY visit, d0
),
counted AS (
SELECT d0, 0 AS scrolled, count(DISTINCT visit) FILTER (WHERE name = 'engagement') AS readers, count(*) AS here
FROM matched WHERE d0 IS NOT NULL
GROUP BY d0
UNION ALL
SELECT d0, sum(scroll) AS scrolled, 0 AS readers, 0 AS here
FROM depths WHERE d0 IS NOT NULL
GROUP BY d0
),
totals AS (
SELECT d0, CAST(coalesce(sum(scrolled), 0) AS BIGINT) AS scrolled, CAST(coalesce(sum(readers), 0) AS BIGINT) AS readers
FROM counted
GROUP BY d0 HAVING sum(here) > 0
)
SELECT d0, CAST(round(scrolled / nullif(readers, 0)) AS BIGINT) AS scroll_depth
FROM totals
ORDER BY scroll_depth DESC NULLS LAST, d0 ASC NULLS LAST
LIMIT $p3 OFFSET $p4

-- p0 = 2026-10-20 22:00:00
-- p1 = 2026-11-17 23:00:00
-- p2 = engagement
-- p3 = 10000
-- p4 = 0
