WITH rows AS (
SELECT visit, visitor, name, time, seq, path, hostname, interactive, gap, source
FROM events
WHERE time >= $p6 AND time < $p7
),
journeys AS (
SELECT visit, coalesce(arg_min(path, seq) FILTER (WHERE name = 'pageview'), '') AS entry_page, coalesce(arg_max(path, seq) FILTER (WHERE name = 'pageview'), '') AS exit_page, coalesce(arg_min(hostname, seq) FILTER (WHERE name = 'pageview'), '') AS entry_page_hostname, coalesce(arg_max(hostname, seq) FILTER (WHERE name = 'pageview'), '') AS exit_page_hostname, count(*) FILTER (WHERE name = 'pageview') = 1 AND count(*) FILTER (WHERE interactive AND name NOT IN ('pageview', 'engagement')) = 0 AS bounced, sum(gap) AS duration, count(*) FILTER (WHERE name = 'pageview') AS pageviews
FROM rows
GROUP BY visit
),
matched AS (
SELECT rows.visit, rows.visitor, rows.name, rows.time, CASE WHEN journeys.entry_page = '' THEN $p0 ELSE journeys.entry_page END AS d0
FROM rows JOIN journeys ON journeys.visit = rows.visit
WHERE ((CASE WHEN rows.source = '' THEN $p1 ELSE rows.source END IN (SELECT unnest($p2))) OR (NOT (contains(rows.path, $p3))))
),
tallies AS (
SELECT d0, count(DISTINCT visit) AS visits
FROM matched
WHERE d0 IS NOT NULL
GROUP BY d0
)
SELECT tallies.d0 AS d0, coalesce(visits, 0) AS visits
FROM tallies
ORDER BY visits DESC NULLS LAST, d0 ASC NULLS LAST
LIMIT $p4 OFFSET $p5

-- p0 = (none)
-- p1 = Direct / None
-- p2 = ['Google', 'Bing']
-- p3 = blog
-- p4 = 10000
-- p5 = 0
-- p6 = 2026-10-20 22:00:00
-- p7 = 2026-11-17 23:00:00
