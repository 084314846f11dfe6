WITH settled_rows0 AS NOT MATERIALIZED (
SELECT rows.*
FROM stored AS rows WHERE rows.settled AND (rows.day BETWEEN $p0 AND $p1) AND (rows.country IN ($p2)) AND rows.first_here
),
settled_by_page AS MATERIALIZED (
SELECT rows.path, count(*) FILTER (WHERE rows.alone_here) AS visitors, count(*) AS visits, sum(rows.views_here) AS pageviews
FROM settled_rows0 AS rows
GROUP BY rows.path
),
settled_sections AS MATERIALIZED (
SELECT path, level2, count(*) OVER (PARTITION BY level2) = 1 AS lone
FROM (SELECT path, section, array_to_string(string_split(section, '/')[1:$p9 + CAST(starts_with(section, '/') AS INTEGER)], '/') AS level2
FROM (SELECT path, CASE WHEN regexp_full_match(folder, $p7) THEN $p8 ELSE folder END AS section
FROM (SELECT path, coalesce(nullif(rtrim(replace(replace(split_part(path, $p3, 1), $p4, $p5), $p6, $p5), $p5), ''), $p5) AS folder
FROM (SELECT DISTINCT path
FROM settled_by_page))))
),
rows AS MATERIALIZED (
SELECT visit, visitor, name, time, path, country
FROM events WHERE settled = false AND (day BETWEEN $p10 AND $p11)
),
pages AS MATERIALIZED (
SELECT path, section, array_to_string(string_split(section, '/')[1:$p9 + CAST(starts_with(section, '/') AS INTEGER)], '/') AS level2
FROM (SELECT path, CASE WHEN regexp_full_match(folder, $p7) THEN $p8 ELSE folder END AS section
FROM (SELECT path, coalesce(nullif(rtrim(replace(replace(split_part(path, $p3, 1), $p4, $p5), $p6, $p5), $p5), ''), $p5) AS folder
FROM (SELECT DISTINCT path
FROM rows)))
),
matched AS (
SELECT rows.visit, rows.visitor, rows.name, rows.time, pages.level2 AS d0
FROM rows JOIN pages ON pages.path = rows.path
WHERE (rows.country IN ($p2))
),
counted AS (
SELECT pages.level2 AS d0, sum(rows.visitors) FILTER (WHERE pages.lone) AS visitors, sum(rows.visits) FILTER (WHERE pages.lone) AS visits, sum(rows.pageviews) AS pageviews, count(*) AS here
FROM settled_by_page AS rows JOIN settled_sections AS pages ON pages.path = rows.path
GROUP BY pages.level2
UNION ALL
SELECT d0, count(*) AS visitors, 0 AS visits, 0 AS pageviews, count(*) AS here
FROM (SELECT DISTINCT rows.visitor, pages.level2 AS d0
FROM settled_rows0 AS rows JOIN settled_sections AS pages ON pages.path = rows.path WHERE pages.lone AND NOT rows.alone_here) WHERE d0 IS NOT NULL
GROUP BY d0
UNION ALL
SELECT d0, count(*) AS visitors, 0 AS visits, 0 AS pageviews, count(*) AS here
FROM (SELECT DISTINCT rows.visitor, pages.level2 AS d0
FROM settled_rows0 AS rows JOIN settled_sections AS pages ON pages.path = rows.path WHERE NOT pages.lone) WHERE d0 IS NOT NULL
GROUP BY d0
UNION ALL
SELECT d0, 0 AS visitors, count(*) AS visits, 0 AS pageviews, count(*) AS here
FROM (SELECT DISTINCT rows.visit, pages.level2 AS d0
FROM settled_rows0 AS rows JOIN settled_sections AS pages ON pages.path = rows.path WHERE NOT pages.lone) WHERE d0 IS NOT NULL
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
LIMIT $p12 OFFSET $p13

-- p0 = 2026-09-01
-- p1 = 2026-10-31
-- p2 = DE
-- p3 = ?
-- p4 = /#/
-- p5 = /
-- p6 = #/
-- p7 = (?s)/shop/sale(?:/.*)?
-- p8 = Shop/Sale
-- p9 = 2
-- p10 = 2026-09-01
-- p11 = 2026-10-31
-- p12 = 10000
-- p13 = 0
