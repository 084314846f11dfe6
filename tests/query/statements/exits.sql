WITH rows AS NOT MATERIALIZED (
SELECT visit, visitor, name, time, path, seq, hostname, interactive, gap
FROM events WHERE time >= $p0 AND time < $p1
),
journeys AS (
SELECT visit, coalesce(arg_min(path, seq) FILTER (WHERE name = 'pageview'), '') AS entry_page, coalesce(arg_max(path, seq) FILTER (WHERE name = 'pageview'), '') AS exit_page, coalesce(arg_min(hostname, seq) FILTER (WHERE name = 'pageview'), '') AS entry_page_hostname, coalesce(arg_max(hostname, seq) FILTER (WHERE name = 'pageview'), '') AS exit_page_hostname, count(*) FILTER (WHERE name = 'pageview') = 1 AND count(*) FILTER (WHERE interactive AND name NOT IN ('pageview', 'engagement')) = 0 AS bounced, sum(gap) AS duration, count(*) FILTER (WHERE name = 'pageview') AS pageviews
FROM rows
GROUP BY visit
),
matched AS (
SELECT rows.visit, rows.visitor, rows.name, rows.time, rows.path, CASE WHEN journeys.exit_page = '' THEN $p2 ELSE journeys.exit_page END AS d0
FROM rows JOIN journeys ON journeys.visit = rows.visit
),
counted AS (
SELECT d0, count(DISTINCT visit) AS visits, 0 AS left_pageviews, count(*) AS here
FROM matched WHERE d0 IS NOT NULL
GROUP BY d0
UNION ALL
SELECT path AS d0, 0 AS visits, count(*) AS left_pageviews, 0 AS here
FROM matched WHERE name = $p3
GROUP BY path
),
totals AS (
SELECT d0, CAST(coalesce(sum(visits), 0) AS BIGINT) AS visits, CAST(coalesce(sum(left_pageviews), 0) AS BIGINT) AS left_pageviews
FROM counted
GROUP BY d0 HAVING sum(here) > 0
)
SELECT d0, round(100.0 * visits / nullif(left_pageviews, 0), 1) AS exit_rate
FROM totals
ORDER BY exit_rate DESC NULLS LAST, d0 ASC NULLS LAST
LIMIT $p4 OFFSET $p5

-- p0 = 2026-10-20 22:00:00
-- p1 = 2026-11-17 23:00:00
-- p2 = (none)
-- p3 = pageview
-- p4 = 10000
-- p5 = 0
