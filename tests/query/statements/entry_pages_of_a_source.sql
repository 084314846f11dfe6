WITH rows AS NOT MATERIALIZED (
SELECT visit, visitor, name, time, seq, path, hostname, interactive, gap, source
FROM events WHERE time >= $p0 AND time < $p1
),
journeys AS (
SELECT visit, coalesce(arg_min(path, seq) FILTER (WHERE name = 'pageview'), '') AS entry_page, coalesce(arg_max(path, seq) FILTER (WHERE name = 'pageview'), '') AS exit_page, coalesce(arg_min(hostname, seq) FILTER (WHERE name = 'pageview'), '') AS entry_page_hostname, coalesce(arg_max(hostname, seq) FILTER (WHERE name = 'pageview'), '') AS exit_page_hostname, count(*) FILTER (WHERE name = 'pageview') = 1 AND count(*) FILTER (WHERE interactive AND name NOT IN ('pageview', 'engagement')) = 0 AS bounced, sum(gap) AS duration, count(*) FILTER (WHERE name = 'pageview') AS pageviews
FROM rows
GROUP BY visit
),
matched AS (
SELECT rows.visit, rows.visitor, rows.name, rows.time, CASE WHEN journeys.entry_page = '' THEN $p2 ELSE journeys.entry_page END AS d0
FROM rows JOIN journeys ON journeys.visit = rows.visit
WHERE ((rows.source IN ($p3, $p4)) OR (NOT (contains(rows.path, $p5))))
),
counted AS (
SELECT d0, count(DISTINCT visit) AS visits, count(*) AS here
FROM matched WHERE d0 IS NOT NULL
GROUP BY d0
),
totals AS (
SELECT d0, CAST(coalesce(sum(visits), 0) AS BIGINT) AS visits
FROM counted
GROUP BY d0 HAVING sum(here) > 0
)
SELECT d0, coalesce(visits, 0) AS visits
FROM totals
ORDER BY visits DESC NULLS LAST, d0 ASC NULLS LAST
LIMIT $p6 OFFSET $p7

-- p0 = 2026-10-20 22:00:00
-- p1 = 2026-11-17 23:00:00
-- p2 = (none)
-- p3 = Google
-- p4 = Bing
-- p5 = blog
-- p6 = 10000
-- p7 = 0
