WITH rows AS NOT MATERIALIZED (
SELECT visit, visitor, name, time, seq, path, hostname, interactive, gap
FROM events WHERE time >= $p0 AND time < $p1
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
ways AS (
SELECT visit, any_value(bounced) AS bounced, any_value(duration) AS duration, any_value(pageviews) AS pageviews
FROM matched
GROUP BY visit
),
counted AS (
SELECT count(DISTINCT visitor) AS visitors, count(DISTINCT visit) AS visits, count(*) FILTER (WHERE name = 'pageview') AS pageviews, 0 AS bounces, 0 AS landings, count(*) AS here
FROM matched
UNION ALL
SELECT 0 AS visitors, 0 AS visits, 0 AS pageviews, count(*) FILTER (WHERE bounced) AS bounces, count(*) AS landings, 0 AS here
FROM ways
),
totals AS (
SELECT CAST(coalesce(sum(visitors), 0) AS BIGINT) AS visitors, CAST(coalesce(sum(visits), 0) AS BIGINT) AS visits, CAST(coalesce(sum(pageviews), 0) AS BIGINT) AS pageviews, CAST(coalesce(sum(bounces), 0) AS BIGINT) AS bounces, CAST(coalesce(sum(landings), 0) AS BIGINT) AS landings
FROM counted
)
SELECT coalesce(visitors, 0) AS visitors, coalesce(visits, 0) AS visits, coalesce(pageviews, 0) AS pageviews, CAST(round(100.0 * bounces / nullif(landings, 0)) AS BIGINT) AS bounce_rate
FROM totals
LIMIT $p2 OFFSET $p3

-- p0 = 2026-10-20 22:00:00
-- p1 = 2026-11-17 23:00:00
-- p2 = 10000
-- p3 = 0
