WITH settled_visits0 AS (
SELECT rows.visit
FROM stored AS rows
WHERE rows.settled AND (rows.day BETWEEN $p0 AND $p1) AND rows.entry AND (CASE WHEN CASE WHEN rows.name = 'pageview' THEN rows.path ELSE '' END = '' THEN $p2 ELSE CASE WHEN rows.name = 'pageview' THEN rows.path ELSE '' END END IN ($p3))
),
settled_rows0 AS MATERIALIZED (
SELECT rows.*, rows.path AS d0
FROM stored AS rows WHERE rows.settled AND (rows.day BETWEEN $p0 AND $p1) AND rows.visit IN (FROM settled_visits0 SELECT visit) AND rows.first_here
),
rows AS MATERIALIZED (
SELECT visit, visitor, name, time, path, seq, hostname, interactive, gap
FROM events WHERE settled = false AND (day BETWEEN $p4 AND $p5)
),
journeys AS (
SELECT visit, coalesce(arg_min(path, seq) FILTER (WHERE name = 'pageview'), '') AS entry_page, coalesce(arg_max(path, seq) FILTER (WHERE name = 'pageview'), '') AS exit_page, coalesce(arg_min(hostname, seq) FILTER (WHERE name = 'pageview'), '') AS entry_page_hostname, coalesce(arg_max(hostname, seq) FILTER (WHERE name = 'pageview'), '') AS exit_page_hostname, count(*) FILTER (WHERE name = 'pageview') = 1 AND count(*) FILTER (WHERE interactive AND name NOT IN ('pageview', 'engagement')) = 0 AS bounced, sum(gap) AS duration, count(*) FILTER (WHERE name = 'pageview') AS pageviews
FROM rows
GROUP BY visit
),
matched AS (
SELECT rows.visit, rows.visitor, rows.name, rows.time, rows.path AS d0
FROM rows JOIN journeys ON journeys.visit = rows.visit
WHERE (CASE WHEN journeys.entry_page = '' THEN $p2 ELSE journeys.entry_page END IN ($p3))
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
UNION ALL
SELECT d0, count(DISTINCT visitor) AS visitors, count(*) FILTER (WHERE name = 'pageview') AS pageviews, count(*) AS here
FROM matched WHERE d0 IS NOT NULL
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
LIMIT $p6 OFFSET $p7

-- looks up
-- p0 = 2026-09-01
-- p1 = 2026-10-31
-- p2 = (none)
-- p3 = /
-- p4 = 2026-09-01
-- p5 = 2026-10-31
-- p6 = 10000
-- p7 = 0
