WITH settled_pages AS MATERIALIZED (
SELECT *, count(*) OVER (PARTITION BY level2) = 1 AS lone
FROM (SELECT path, section, array_to_string(string_split(section, '/')[1:$p10 + CAST(starts_with(section, '/') AS INTEGER)], '/') AS level2
FROM (SELECT path, CASE WHEN regexp_full_match(folder, $p8) THEN $p9 ELSE folder END AS section
FROM (SELECT path, coalesce(nullif(rtrim(replace(replace(split_part(path, $p4, 1), $p5, $p6), $p7, $p6), $p6), ''), $p6) AS folder
FROM (SELECT DISTINCT path
FROM (SELECT value AS path
FROM rollup_months WHERE dimension = $p3)))))
),
rows AS MATERIALIZED (
SELECT visit, visitor, name, time, path, country
FROM events
WHERE settled = false AND (day BETWEEN $p11 AND $p12)
),
pages AS MATERIALIZED (
SELECT path, section, array_to_string(string_split(section, '/')[1:$p10 + CAST(starts_with(section, '/') AS INTEGER)], '/') AS level2
FROM (SELECT path, CASE WHEN regexp_full_match(folder, $p8) THEN $p9 ELSE folder END AS section
FROM (SELECT path, coalesce(nullif(rtrim(replace(replace(split_part(path, $p4, 1), $p5, $p6), $p7, $p6), $p6), ''), $p6) AS folder
FROM (SELECT DISTINCT path
FROM rows)))
),
matched AS (
SELECT rows.visit, rows.visitor, rows.name, rows.time, pages.level2 AS d0
FROM rows JOIN pages ON pages.path = rows.path
WHERE (rows.country IN ($p2))
),
counted AS (
SELECT pages.level2 AS d0, count(*) FILTER (WHERE rows.alone_here AND pages.lone) AS visitors, count(*) FILTER (WHERE pages.lone) AS visits, sum(rows.views_here) AS pageviews, count(*) AS here
FROM events AS rows JOIN settled_pages AS pages ON pages.path = rows.path WHERE rows.settled AND (rows.day BETWEEN $p0 AND $p1) AND (rows.country IN ($p2)) AND rows.first_here
GROUP BY pages.level2
UNION ALL
SELECT d0, count(*) AS visitors, 0 AS visits, 0 AS pageviews, 0 AS here
FROM (SELECT DISTINCT rows.visitor, pages.level2 AS d0
FROM events AS rows JOIN settled_pages AS pages ON pages.path = rows.path WHERE rows.settled AND (rows.day BETWEEN $p0 AND $p1) AND (rows.country IN ($p2)) AND rows.first_here AND NOT (rows.alone_here AND pages.lone)) WHERE d0 IS NOT NULL
GROUP BY d0
UNION ALL
SELECT d0, 0 AS visitors, count(*) AS visits, 0 AS pageviews, 0 AS here
FROM (SELECT DISTINCT rows.visit, pages.level2 AS d0
FROM events AS rows JOIN settled_pages AS pages ON pages.path = rows.path WHERE rows.settled AND (rows.day BETWEEN $p0 AND $p1) AND (rows.country IN ($p2)) AND rows.first_here AND NOT (pages.lone)) WHERE d0 IS NOT NULL
GROUP BY d0
UNION ALL
SELECT d0, count(DISTINCT visitor) AS visitors, count(DISTINCT visit) AS visits, count(*) FILTER (WHERE name = 'pageview') AS pageviews, count(*) AS here
FROM matched WHERE d0 IS NOT NULL
GROUP BY d0
),
totals AS (
SELECT d0, CAST(coalesce(sum(visitors), 0) AS BIGINT) AS visitors, CAST(coalesce(sum(visits), 0) AS BIGINT) AS visits, CAST(coalesce(sum(pageviews), 0) AS BIGINT) AS pageviews
FROM counted
GROUP BY d0 HAVING sum(here) > 0
)
SELECT d0, coalesce(visitors, 0) AS visitors, coalesce(visits, 0) AS visits, coalesce(pageviews, 0) AS pageviews
FROM totals
ORDER BY visitors DESC NULLS LAST, d0 ASC NULLS LAST
LIMIT $p13 OFFSET $p14

-- p0 = 2026-09-01
-- p1 = 2026-10-31
-- p2 = DE
-- p3 = event:page
-- p4 = ?
-- p5 = /#/
-- p6 = /
-- p7 = #/
-- p8 = (?s)/shop/sale(?:/.*)?
-- p9 = Shop/Sale
-- p10 = 2
-- p11 = 2026-09-01
-- p12 = 2026-10-31
-- p13 = 10000
-- p14 = 0
