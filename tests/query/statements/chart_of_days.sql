WITH rows AS (
SELECT visit, visitor, name, time
FROM events
WHERE time >= $p2 AND time < $p3
),
buckets AS (
SELECT unnest($p4) AS start, unnest($p5) AS bucket
),
matched AS (
SELECT rows.visit, rows.visitor, rows.name, rows.time, buckets.bucket AS d0
FROM rows ASOF JOIN buckets ON rows.time >= buckets.start
),
tallies AS (
SELECT d0, count(*) FILTER (WHERE name = 'pageview') AS pageviews, count(DISTINCT visitor) AS visitors
FROM matched
WHERE d0 IS NOT NULL
GROUP BY d0
),
first_seen AS (
SELECT visit, arg_min(d0, time) AS d0
FROM matched
GROUP BY visit
),
visited AS (
SELECT d0, count(DISTINCT visit) AS visits
FROM first_seen
WHERE d0 IS NOT NULL
GROUP BY d0
)
SELECT tallies.d0 AS d0, coalesce(visitors, 0) AS visitors, coalesce(visits, 0) AS visits, coalesce(pageviews, 0) AS pageviews
FROM tallies LEFT JOIN visited ON visited.d0 = tallies.d0
ORDER BY d0 ASC NULLS LAST
LIMIT $p0 OFFSET $p1

-- p0 = 10000
-- p1 = 0
-- p2 = 2026-10-20 22:00:00
-- p3 = 2026-11-17 23:00:00
-- p4 = 28 values
-- p5 = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27]
