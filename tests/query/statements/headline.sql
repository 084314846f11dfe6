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
SELECT rows.visit, rows.visitor, rows.name, rows.time, journeys.bounced, journeys.duration, journeys.pageviews
FROM rows JOIN journeys ON journeys.visit = rows.visit
),
tallies AS (
SELECT count(*) FILTER (WHERE name = 'pageview') AS pageviews, count(DISTINCT visitor) AS visitors, count(DISTINCT visit) AS visits
FROM matched
),
ways AS (
SELECT visit, any_value(bounced) AS bounced, any_value(duration) AS duration, any_value(pageviews) AS pageviews
FROM matched
GROUP BY visit
),
averages AS (
SELECT CAST(round(100.0 * count(*) FILTER (WHERE bounced) / nullif(count(*), 0)) AS BIGINT) AS bounce_rate
FROM ways
)
SELECT coalesce(visitors, 0) AS visitors, coalesce(visits, 0) AS visits, coalesce(pageviews, 0) AS pageviews, bounce_rate
FROM tallies LEFT JOIN averages ON true
LIMIT $p0 OFFSET $p1

-- p0 = 10000
-- p1 = 0
-- p2 = 2026-10-20 22:00:00
-- p3 = 2026-11-17 23:00:00
