WITH settled_rows0 AS MATERIALIZED (
SELECT rows.*, rows.path AS d0
FROM stored AS rows WHERE rows.settled AND (rows.day BETWEEN $p0 AND $p1) AND (rows.country IN ($p2)) AND rows.first_here
),
counted AS (
SELECT rows.d0 AS d0, count(*) FILTER (WHERE rows.alone_here) AS visitors, sum(rows.views_here) AS pageviews, count(*) AS here
FROM settled_rows0 AS rows
GROUP BY rows.d0
UNION ALL
SELECT d0, count(*) AS visitors, 0 AS pageviews, 0 AS here
FROM (SELECT DISTINCT rows.visitor, rows.d0 AS d0
FROM settled_rows0 AS rows WHERE NOT rows.alone_here) WHERE d0 IS NOT NULL
GROUP BY d0
),
totals AS (
SELECT d0, CAST(coalesce(sum(visitors), 0) AS BIGINT) AS visitors, CAST(coalesce(sum(pageviews), 0) AS BIGINT) AS pageviews
FROM counted
GROUP BY d0 HAVING sum(here) > 0
)
SELECT d0, coalesce(visitors, 0) AS visitors, coalesce(pageviews, 0) AS pageviews
FROM totals
ORDER BY visitors DESC NULLS LAST, d0 ASC NULLS LAST
LIMIT $p3 OFFSET $p4

-- p0 = 2026-09-01
-- p1 = 2026-11-16
-- p2 = DE
-- p3 = 10000
-- p4 = 0
