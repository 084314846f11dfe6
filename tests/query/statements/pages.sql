WITH rows AS (
SELECT visit, visitor, name, time, seq, path, hostname, interactive, gap
FROM events
WHERE time >= $p2 AND time < $p3
),
journeys AS (
SELECT visit, coalesce(arg_min(path, seq) FILTER (WHERE name = 'pageview'), '') AS entry_page, coalesce(arg_max(path, seq) FILTER (WHERE name = 'pageview'), '') AS exit_page, coalesce(arg_min(hostname, seq) FILTER (WHERE name = 'pageview'), '') AS entry_page_hostname, coalesce(arg_max(hostname, seq) FILTER (WHERE name = 'pageview'), '') AS exit_page_hostname, count(*) FILTER (WHERE name = 'pageview') = 1 AND count(*) FILTER (WHERE interactive AND name NOT IN ('pageview', 'engagement')) = 0 AS bounced, sum(gap) AS duration, count(*) FILTER (WHERE name = 'pageview') AS pageviews
FROM rows
GROUP BY visit
),
matched AS (
SELECT rows.visit, rows.visitor, rows.name, rows.time, journeys.bounced, journeys.duration, journeys.pageviews, rows.path AS d0, journeys.entry_page AS entry_d0
FROM rows JOIN journeys ON journeys.visit = rows.visit
),
tallies AS (
SELECT d0, count(DISTINCT visitor) AS visitors
FROM matched
WHERE d0 IS NOT NULL
GROUP BY d0
),
ways AS (
SELECT visit, entry_d0 AS d0, any_value(bounced) AS bounced, any_value(duration) AS duration, any_value(pageviews) AS pageviews
FROM matched
GROUP BY visit, entry_d0
),
averages AS (
SELECT d0, CAST(round(100.0 * count(*) FILTER (WHERE bounced) / nullif(count(*), 0)) AS BIGINT) AS bounce_rate
FROM ways
WHERE d0 IS NOT NULL
GROUP BY d0
)
SELECT tallies.d0 AS d0, coalesce(visitors, 0) AS visitors, bounce_rate
FROM tallies LEFT JOIN averages ON averages.d0 = tallies.d0
ORDER BY visitors DESC NULLS LAST, d0 ASC NULLS LAST
LIMIT $p0 OFFSET $p1

-- p0 = 10000
-- p1 = 0
-- p2 = 2026-10-20 22:00:00
-- p3 = 2026-11-17 23:00:00
