WITH months AS (
SELECT unnest($p0) AS month
),
days AS (
SELECT unnest($p2) AS day
),
counted AS (
SELECT sum(rolled.visitors) AS visitors, sum(rolled.bounces) AS bounces, sum(rolled.landings) AS landings, count(*) AS here
FROM rollup_months AS rolled JOIN months AS calendar ON calendar.month = rolled.month WHERE rolled.dimension = $p1
UNION ALL
SELECT sum(rolled.visitors) AS visitors, sum(rolled.bounces) AS bounces, sum(rolled.landings) AS landings, count(*) AS here
FROM rollup_days AS rolled JOIN days AS calendar ON calendar.day = rolled.day WHERE rolled.dimension = $p1
),
totals AS (
SELECT CAST(coalesce(sum(visitors), 0) AS BIGINT) AS visitors, CAST(coalesce(sum(bounces), 0) AS BIGINT) AS bounces, CAST(coalesce(sum(landings), 0) AS BIGINT) AS landings
FROM counted
)
SELECT coalesce(visitors, 0) AS visitors, CAST(round(100.0 * bounces / nullif(landings, 0)) AS BIGINT) AS bounce_rate
FROM totals
LIMIT $p3 OFFSET $p4

-- p0 = [datetime.date(2026, 9, 1), datetime.date(2026, 10, 1)]
-- p1 =
-- p2 = 16 values
-- p3 = 10000
-- p4 = 0
