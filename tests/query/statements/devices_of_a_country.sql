WITH months AS (
SELECT unnest($p0) AS month
),
days AS (
SELECT unnest($p6) AS day
),
rows AS MATERIALIZED (
SELECT visit, visitor, name, time, seq, path, hostname, interactive, gap, device, country
FROM month_ends WHERE (day BETWEEN $p7 AND $p8)
UNION ALL
SELECT visit, visitor, name, time, seq, path, hostname, interactive, gap, device, country
FROM events WHERE settled = false AND (day BETWEEN $p9 AND $p10)
UNION ALL
SELECT visit, visitor, name, time, seq, path, hostname, interactive, gap, device, country
FROM events WHERE time >= $p11 AND time < $p12
),
journeys AS (
SELECT visit, coalesce(arg_min(path, seq) FILTER (WHERE name = 'pageview'), '') AS entry_page, coalesce(arg_max(path, seq) FILTER (WHERE name = 'pageview'), '') AS exit_page, coalesce(arg_min(hostname, seq) FILTER (WHERE name = 'pageview'), '') AS entry_page_hostname, coalesce(arg_max(hostname, seq) FILTER (WHERE name = 'pageview'), '') AS exit_page_hostname, count(*) FILTER (WHERE name = 'pageview') = 1 AND count(*) FILTER (WHERE interactive AND name NOT IN ('pageview', 'engagement')) = 0 AS bounced, sum(gap) AS duration, count(*) FILTER (WHERE name = 'pageview') AS pageviews
FROM rows
GROUP BY visit
),
matched AS (
SELECT rows.visit, rows.visitor, rows.name, rows.time, journeys.bounced, journeys.duration, journeys.pageviews, CASE WHEN rows.device = '' THEN $p13 ELSE rows.device END AS d0
FROM rows JOIN journeys ON journeys.visit = rows.visit
WHERE (rows.country IN ($p4))
),
ways AS (
SELECT visit, d0 AS d0, any_value(bounced) AS bounced, any_value(duration) AS duration, any_value(pageviews) AS pageviews
FROM matched
GROUP BY visit, d0
),
counted AS (
SELECT split_part(rolled.value, $p1, $p2) AS d0, sum(rolled.visitors) AS visitors, sum(rolled.bounces) AS bounces, sum(rolled.landings) AS landings, count(*) AS here
FROM rollup_months AS rolled JOIN months AS calendar ON calendar.month = rolled.month WHERE rolled.dimension = $p5 AND (split_part(rolled.value, $p1, $p3) IN ($p4))
GROUP BY split_part(rolled.value, $p1, $p2)
UNION ALL
SELECT split_part(rolled.value, $p1, $p2) AS d0, sum(rolled.visitors) AS visitors, sum(rolled.bounces) AS bounces, sum(rolled.landings) AS landings, count(*) AS here
FROM rollup_days AS rolled JOIN days AS calendar ON calendar.day = rolled.day WHERE rolled.dimension = $p5 AND (split_part(rolled.value, $p1, $p3) IN ($p4))
GROUP BY split_part(rolled.value, $p1, $p2)
UNION ALL
SELECT d0, count(DISTINCT visitor) AS visitors, 0 AS bounces, 0 AS landings, count(*) AS here
FROM matched WHERE d0 IS NOT NULL
GROUP BY d0
UNION ALL
SELECT d0, 0 AS visitors, count(*) FILTER (WHERE bounced) AS bounces, count(*) AS landings, 0 AS here
FROM ways WHERE d0 IS NOT NULL
GROUP BY d0
),
totals AS (
SELECT d0, CAST(coalesce(sum(visitors), 0) AS BIGINT) AS visitors, CAST(coalesce(sum(bounces), 0) AS BIGINT) AS bounces, CAST(coalesce(sum(landings), 0) AS BIGINT) AS landings
FROM counted
GROUP BY d0 HAVING sum(here) > 0
)
SELECT d0, coalesce(visitors, 0) AS visitors, CAST(round(100.0 * bounces / nullif(landings, 0)) AS BIGINT) AS bounce_rate
FROM totals
ORDER BY visitors DESC NULLS LAST, d0 ASC NULLS LAST
LIMIT $p14 OFFSET $p15

-- p0 = [datetime.date(2026, 9, 1), datetime.date(2026, 10, 1)]
-- p1 =
-- p2 = 2
-- p3 = 1
-- p4 = DE
-- p5 = people
-- p6 = 17 values
-- p7 = 2026-09-01
-- p8 = 2026-10-31
-- p9 = 2026-11-01
-- p10 = 2026-11-17
-- p11 = 2026-11-17 23:00:00
-- p12 = 2026-11-18 23:00:00
-- p13 = (not set)
-- p14 = 10000
-- p15 = 0
