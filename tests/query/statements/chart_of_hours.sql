WITH rows AS (
SELECT visit, visitor, name, time, day, seq, path, hostname, interactive, gap
FROM events
WHERE time >= $p2 AND time < $p3
),
journeys AS (
SELECT visit, coalesce(arg_min(path, seq) FILTER (WHERE name = 'pageview'), '') AS entry_page, coalesce(arg_max(path, seq) FILTER (WHERE name = 'pageview'), '') AS exit_page, coalesce(arg_min(hostname, seq) FILTER (WHERE name = 'pageview'), '') AS entry_page_hostname, coalesce(arg_max(hostname, seq) FILTER (WHERE name = 'pageview'), '') AS exit_page_hostname, count(*) FILTER (WHERE name = 'pageview') = 1 AND count(*) FILTER (WHERE interactive AND name NOT IN ('pageview', 'engagement')) = 0 AS bounced, sum(gap) AS duration, count(*) FILTER (WHERE name = 'pageview') AS pageviews
FROM rows
GROUP BY visit
),
buckets AS (
SELECT unnest($p4) AS start, unnest($p5) AS bucket, unnest($p6) AS stop
),
matched AS (
SELECT rows.visit, rows.visitor, rows.name, rows.time, rows.day, journeys.bounced, journeys.duration, journeys.pageviews, buckets.bucket AS d0
FROM rows ASOF JOIN buckets ON rows.time >= buckets.start JOIN journeys ON journeys.visit = rows.visit
),
tallies AS (
SELECT d0
FROM matched
WHERE d0 IS NOT NULL
GROUP BY d0
),
spans AS (
SELECT visit, visitor, day, min(time) AS first_time, max(time) AS last_time
FROM matched
GROUP BY visit, visitor, day
),
people AS (
SELECT buckets.bucket AS d0, count(DISTINCT visitor) AS visitors
FROM spans JOIN buckets ON buckets.start <= spans.last_time AND buckets.stop > spans.first_time
GROUP BY buckets.bucket
),
ways AS (
SELECT visit, arg_min(d0, time) AS d0, any_value(bounced) AS bounced, any_value(duration) AS duration, any_value(pageviews) AS pageviews
FROM matched
GROUP BY visit
),
averages AS (
SELECT d0, CAST(round(100.0 * count(*) FILTER (WHERE bounced) / nullif(count(*), 0)) AS BIGINT) AS bounce_rate
FROM ways
WHERE d0 IS NOT NULL
GROUP BY d0
)
SELECT people.d0 AS d0, coalesce(visitors, 0) AS visitors, bounce_rate
FROM people LEFT JOIN tallies ON tallies.d0 = people.d0 LEFT JOIN averages ON averages.d0 = people.d0
ORDER BY d0 ASC NULLS LAST
LIMIT $p0 OFFSET $p1

-- p0 = 10000
-- p1 = 0
-- p2 = 2026-11-17 23:00:00
-- p3 = 2026-11-18 23:00:00
-- p4 = 24 values
-- p5 = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]
-- p6 = 24 values
