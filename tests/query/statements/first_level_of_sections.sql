WITH months AS (
SELECT unnest($p0) AS month
),
rows AS MATERIALIZED (
SELECT visit, visitor, name, time, path
FROM month_ends WHERE (day BETWEEN $p2 AND $p3)
),
pages AS MATERIALIZED (
SELECT path, section, array_to_string(string_split(section, '/')[1:$p10 + CAST(starts_with(section, '/') AS INTEGER)], '/') AS level1
FROM (SELECT path, CASE WHEN regexp_full_match(folder, $p8) THEN $p9 ELSE folder END AS section
FROM (SELECT path, coalesce(nullif(rtrim(replace(replace(split_part(path, $p4, 1), $p5, $p6), $p7, $p6), $p6), ''), $p6) AS folder
FROM (SELECT DISTINCT path
FROM rows)))
),
matched AS (
SELECT rows.visit, rows.visitor, rows.name, rows.time, pages.level1 AS d0
FROM rows JOIN pages ON pages.path = rows.path
),
counted AS (
SELECT rolled.value AS d0, sum(rolled.visitors) AS visitors, count(*) AS here
FROM rollup_months AS rolled JOIN months AS calendar ON calendar.month = rolled.month WHERE rolled.dimension = $p1
GROUP BY rolled.value
UNION ALL
SELECT d0, count(DISTINCT visitor) AS visitors, count(*) AS here
FROM matched WHERE d0 IS NOT NULL
GROUP BY d0
),
totals AS (
SELECT d0, CAST(coalesce(sum(visitors), 0) AS BIGINT) AS visitors
FROM counted
GROUP BY d0 HAVING sum(here) > 0
)
SELECT d0, coalesce(visitors, 0) AS visitors
FROM totals
ORDER BY visitors DESC NULLS LAST, d0 ASC NULLS LAST
LIMIT $p11 OFFSET $p12

-- p0 = [datetime.date(2026, 9, 1), datetime.date(2026, 10, 1)]
-- p1 = event:section
-- p2 = 2026-09-01
-- p3 = 2026-10-31
-- p4 = ?
-- p5 = /#/
-- p6 = /
-- p7 = #/
-- p8 = (?s)/shop/sale(?:/.*)?
-- p9 = Shop/Sale
-- p10 = 1
-- p11 = 10000
-- p12 = 0
