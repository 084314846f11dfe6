WITH months AS (
SELECT unnest($p0) AS month
),
days AS (
SELECT unnest($p2) AS day
),
rows AS MATERIALIZED (
SELECT visit, visitor, name, time, seq, path, hostname, interactive, gap
FROM month_ends WHERE (day BETWEEN $p3 AND $p4)
UNION ALL
SELECT visit, visitor, name, time, seq, path, hostname, interactive, gap
FROM events WHERE settled = false AND (day BETWEEN $p5 AND $p6)
UNION ALL
SELECT visit, visitor, name, time, seq, path, hostname, interactive, gap
FROM events WHERE time >= $p7 AND time < $p8
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
SELECT sum(rolled.visitors) AS visitors, sum(rolled.bounces) AS bounces, sum(rolled.landings) AS landings, count(*) AS here
FROM rollup_months AS rolled JOIN months AS calendar ON calendar.month = rolled.month WHERE rolled.dimension = $p1
UNION ALL
SELECT sum(rolled.visitors) AS visitors, sum(rolled.bounces) AS bounces, sum(rolled.landings) AS landings, count(*) AS here
FROM rollup_days AS rolled JOIN days AS calendar ON calendar.day = rolled.day WHERE rolled.dimension = $p1
UNION ALL
SELECT count(DISTINCT visitor) AS visitors, 0 AS bounces, 0 AS landings, count(*) AS here
FROM matched
UNION ALL
SELECT 0 AS visitors, count(*) FILTER (WHERE bounced) AS bounces, count(*) AS landings, 0 AS here
FROM ways
),
totals AS (
SELECT CAST(coalesce(sum(visitors), 0) AS BIGINT) AS visitors, CAST(coalesce(sum(bounces), 0) AS BIGINT) AS bounces, CAST(coalesce(sum(landings), 0) AS BIGINT) AS landings
FROM counted
)
SELECT coalesce(visitors, 0) AS visitors, CAST(round(100.0 * bounces / nullif(landings, 0)) AS BIGINT) AS bounce_rate
FROM totals
LIMIT $p9 OFFSET $p10

-- p0 = [datetime.date(2026, 9, 1), datetime.date(2026, 10, 1)]
-- p1 =
-- p2 = 17 values
-- p3 = 2026-09-01
-- p4 = 2026-10-31
-- p5 = 2026-11-01
-- p6 = 2026-11-17
-- p7 = 2026-11-17 23:00:00
-- p8 = 2026-11-18 23:00:00
-- p9 = 10000
-- p10 = 0
