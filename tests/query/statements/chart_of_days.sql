WITH rows AS NOT MATERIALIZED (
SELECT visit, visitor, name, time
FROM events WHERE time >= $p0 AND time < $p1
),
buckets AS (
SELECT unnest($p2) AS start, unnest($p3) AS bucket, unnest($p3) AS number
),
matched AS (
SELECT rows.visit, rows.visitor, rows.name, rows.time, buckets.bucket AS d0
FROM rows ASOF JOIN buckets ON rows.time >= buckets.start
),
first_seen AS (
SELECT visit, arg_min(d0, time) AS d0
FROM matched
GROUP BY visit
),
counted AS (
SELECT d0, count(DISTINCT visitor) AS visitors, 0 AS visits, count(*) FILTER (WHERE name = 'pageview') AS pageviews, count(*) AS here
FROM matched WHERE d0 IS NOT NULL
GROUP BY d0
UNION ALL
SELECT d0, 0 AS visitors, count(DISTINCT visit) AS visits, 0 AS pageviews, 0 AS here
FROM first_seen WHERE d0 IS NOT NULL
GROUP BY d0
),
totals AS (
SELECT d0, CAST(coalesce(sum(visitors), 0) AS BIGINT) AS visitors, CAST(coalesce(sum(visits), 0) AS BIGINT) AS visits, CAST(coalesce(sum(pageviews), 0) AS BIGINT) AS pageviews
FROM counted
GROUP BY d0 HAVING sum(here) > 0
)
SELECT d0, coalesce(visitors, 0) AS visitors, coalesce(visits, 0) AS visits, coalesce(pageviews, 0) AS pageviews
FROM totals
ORDER BY d0 ASC NULLS LAST, visitors DESC NULLS LAST
LIMIT $p4 OFFSET $p5

-- p0 = 2026-10-20 22:00:00
-- p1 = 2026-11-17 23:00:00
-- p2 = 28 values
-- p3 = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27]
-- p4 = 10000
-- p5 = 0
