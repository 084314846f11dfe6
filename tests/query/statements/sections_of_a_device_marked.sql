WITH settled_rows0 AS MATERIALIZED (
SELECT rows.*, rows.places AS d0
FROM stored AS rows WHERE rows.settled AND (rows.day BETWEEN $p0 AND $p1) AND rows.entry AND (rows.device IN ($p3))
),
settled_rows1 AS NOT MATERIALIZED (
SELECT rows.*
FROM stored AS rows WHERE rows.settled AND (rows.day BETWEEN $p0 AND $p1) AND (rows.device IN ($p3)) AND rows.first_here
),
settled_by_page AS MATERIALIZED (
SELECT rows.path, count(*) FILTER (WHERE rows.alone_here) AS visitors, sum(rows.views_here) AS pageviews
FROM settled_rows1 AS rows
GROUP BY rows.path
),
settled_sections AS MATERIALIZED (
SELECT path, level1, count(*) OVER (PARTITION BY level1) = 1 AS lone
FROM (SELECT path, section, array_to_string(string_split(section, '/')[1:$p10 + CAST(starts_with(section, '/') AS INTEGER)], '/') AS level1
FROM (SELECT path, CASE WHEN regexp_full_match(folder, $p8) THEN $p9 ELSE folder END AS section
FROM (SELECT path, coalesce(nullif(rtrim(replace(replace(split_part(path, $p4, 1), $p5, $p6), $p7, $p6), $p6), ''), $p6) AS folder
FROM (SELECT DISTINCT path
FROM settled_by_page))))
),
rows AS MATERIALIZED (
SELECT visit, visitor, name, time, path, device
FROM events WHERE settled = false AND (day BETWEEN $p11 AND $p12)
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
WHERE (rows.device IN ($p3))
),
counted AS (
SELECT d0, sum(visitors) AS visitors, 0 AS pageviews, count(*) AS here
FROM (SELECT unnest(list_distinct(string_split(trim(replace(d0, $p2 || $p2, $p2), $p2), $p2))) AS d0, visitors, visits
FROM (SELECT d0, count(*) FILTER (WHERE rows.alone) AS visitors, count(*) AS visits
FROM settled_rows0 AS rows
GROUP BY d0))
GROUP BY d0
UNION ALL
SELECT d0, sum(people) AS visitors, 0 AS pageviews, 0 AS here
FROM (SELECT unnest(list_distinct(string_split(trim(replace(d0, $p2 || $p2, $p2), $p2), $p2))) AS d0, people
FROM (SELECT d0, count(*) AS people
FROM (SELECT visitor, string_agg(rows.d0, '') AS d0
FROM settled_rows0 AS rows
WHERE NOT rows.alone
GROUP BY visitor)
GROUP BY d0))
GROUP BY d0
UNION ALL
SELECT pages.level1 AS d0, 0 AS visitors, sum(rows.pageviews) AS pageviews, count(*) AS here
FROM settled_by_page AS rows JOIN settled_sections AS pages ON pages.path = rows.path
GROUP BY pages.level1
UNION ALL
SELECT d0, count(DISTINCT visitor) AS visitors, count(*) FILTER (WHERE name = 'pageview') AS pageviews, count(*) AS here
FROM matched WHERE d0 IS NOT NULL
GROUP BY d0
),
totals AS (
SELECT d0, CAST(coalesce(sum(visitors), 0) AS BIGINT) AS visitors, CAST(coalesce(sum(pageviews), 0) AS BIGINT) AS pageviews
FROM counted
GROUP BY d0 HAVING sum(here) > 0
)
SELECT d0, coalesce(visitors, 0) AS visitors, coalesce(pageviews, 0) AS pageviews
FROM totals
ORDER BY visitors DESC NULLS LAST, d0 ASC NULLS LAST
LIMIT $p13 OFFSET $p14

-- p0 = 2026-09-01
-- p1 = 2026-10-31
-- p2 = \n
-- p3 = Mobile
-- p4 = ?
-- p5 = /#/
-- p6 = /
-- p7 = #/
-- p8 = (?s)/shop/sale(?:/.*)?
-- p9 = Shop/Sale
-- p10 = 1
-- p11 = 2026-09-01
-- p12 = 2026-10-31
-- p13 = 10000
-- p14 = 0
