WITH rows AS NOT MATERIALIZED (
SELECT visit, visitor, name, time, day, seq, path, hostname, interactive, gap
FROM events WHERE time >= $p0 AND time < $p1
),
journeys AS (
SELECT visit, coalesce(arg_min(path, seq) FILTER (WHERE name = 'pageview'), '') AS entry_page, coalesce(arg_max(path, seq) FILTER (WHERE name = 'pageview'), '') AS exit_page, coalesce(arg_min(hostname, seq) FILTER (WHERE name = 'pageview'), '') AS entry_page_hostname, coalesce(arg_max(hostname, seq) FILTER (WHERE name = 'pageview'), '') AS exit_page_hostname, count(*) FILTER (WHERE name = 'pageview') = 1 AND count(*) FILTER (WHERE interactive AND name NOT IN ('pageview', 'engagement')) = 0 AS bounced, sum(gap) AS duration, count(*) FILTER (WHERE name = 'pageview') AS pageviews
FROM rows
GROUP BY visit
),
buckets AS (
SELECT unnest($p5) AS start, unnest($p6) AS bucket, unnest($p6) AS number
),
matched AS (
SELECT rows.visit, rows.visitor, rows.name, rows.time, rows.day, buckets.number, journeys.bounced, journeys.duration, journeys.pageviews, buckets.bucket AS d0
FROM rows JOIN buckets ON buckets.number = least((epoch_us(rows.time) - epoch_us($p2)) // (CAST($p3 AS BIGINT) * 1000000), $p4) JOIN journeys ON journeys.visit = rows.visit
),
spans AS (
SELECT visit, visitor, day, min(number) AS first_number, max(number) AS last_number
FROM matched
GROUP BY visit, visitor, day
),
people AS (
SELECT spans.visitor, buckets.bucket AS d0
FROM spans JOIN buckets ON buckets.number = spans.first_number
UNION ALL
SELECT spans.visitor, buckets.bucket AS d0
FROM spans JOIN buckets ON buckets.number > spans.first_number AND buckets.number <= spans.last_number
WHERE spans.last_number > spans.first_number
),
ways AS (
SELECT visit, arg_min(d0, time) AS d0, any_value(bounced) AS bounced, any_value(duration) AS duration, any_value(pageviews) AS pageviews
FROM matched
GROUP BY visit
),
counted AS (
SELECT d0, 0 AS visitors, 0 AS bounces, 0 AS landings, count(*) AS here
FROM matched WHERE d0 IS NOT NULL
GROUP BY d0
UNION ALL
SELECT d0, count(DISTINCT visitor) AS visitors, 0 AS bounces, 0 AS landings, count(*) AS here
FROM people WHERE d0 IS NOT NULL
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
ORDER BY d0 ASC NULLS LAST, visitors DESC NULLS LAST
LIMIT $p7 OFFSET $p8

-- p0 = 2026-11-17 23:00:00
-- p1 = 2026-11-18 23:00:00
-- p2 = 2026-11-17 23:00:00
-- p3 = 3600
-- p4 = 23
-- p5 = 24 values
-- p6 = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]
-- p7 = 10000
-- p8 = 0
