WITH rows AS NOT MATERIALIZED (
SELECT visit, visitor, name, time, revenue, currency, props, path
FROM events WHERE time >= $p0 AND time < $p1
),
done0 AS (
SELECT DISTINCT rows.visit
FROM rows
WHERE (contains(rows.path, $p5))
),
matched AS (
SELECT *, CASE WHEN currency = $p6 THEN revenue END AS earned, revenue IS NOT NULL AND currency <> $p6 AND $p6 <> '' AS earned_otherwise
FROM (SELECT rows.visit, rows.visitor, rows.name, rows.time, rows.revenue, rows.currency
FROM rows
WHERE ((rows.name = $p2 AND coalesce(map_extract_value(rows.props, $p3) = $p4, false))) AND rows.visit IN (FROM done0 SELECT visit))
),
counted AS (
SELECT sum(earned) AS revenue, count(earned) AS sales, count(*) AS here
FROM matched
),
totals AS (
SELECT CAST(coalesce(sum(revenue), 0) AS DECIMAL(38, 3)) AS revenue, CAST(coalesce(sum(sales), 0) AS BIGINT) AS sales
FROM counted
)
SELECT coalesce(CAST(revenue AS DOUBLE), 0) AS total_revenue, round(CAST(revenue AS DOUBLE) / nullif(sales, 0), 3) AS average_revenue
FROM totals
LIMIT $p7 OFFSET $p8

-- looks up
-- p0 = 2026-10-20 22:00:00
-- p1 = 2026-11-17 23:00:00
-- p2 = Order
-- p3 = plan
-- p4 = pro
-- p5 = blog
-- p6 = EUR
-- p7 = 10000
-- p8 = 0
