WITH rows AS NOT MATERIALIZED (
SELECT visit, visitor, name, time, seq, path, hostname, interactive, gap
FROM events WHERE time >= $p0 AND time < $p1
),
journeys AS (
SELECT visit, coalesce(arg_min(path, seq) FILTER (WHERE name = 'pageview'), '') AS entry_page, coalesce(arg_max(path, seq) FILTER (WHERE name = 'pageview'), '') AS exit_page, coalesce(arg_min(hostname, seq) FILTER (WHERE name = 'pageview'), '') AS entry_page_hostname, coalesce(arg_max(hostname, seq) FILTER (WHERE name = 'pageview'), '') AS exit_page_hostname, count(*) FILTER (WHERE name = 'pageview') = 1 AND count(*) FILTER (WHERE interactive AND name NOT IN ('pageview', 'engagement')) = 0 AS bounced, sum(gap) AS duration, count(*) FILTER (WHERE name = 'pageview') AS pageviews
FROM rows
GROUP BY visit
),
pages AS MATERIALIZED (
SELECT path, section, array_to_string(string_split(section, '/')[1:$p10 + CAST(starts_with(section, '/') AS INTEGER)], '/') AS level1
FROM (SELECT path, CASE WHEN regexp_full_match(folder, $p8) THEN $p9 ELSE folder END AS section
FROM (SELECT path, coalesce(nullif(rtrim(replace(replace(split_part(path, $p4, 1), $p5, $p6), $p7, $p6), $p6), ''), $p6) AS folder
FROM (SELECT DISTINCT path
FROM rows)))
),
matched AS (
SELECT rows.visit, rows.visitor, rows.name, rows.time, journeys.bounced, journeys.duration, journeys.pageviews, pages.level1 AS d0, entered.level1 AS entry_d0
FROM rows JOIN journeys ON journeys.visit = rows.visit JOIN pages ON pages.path = rows.path LEFT JOIN pages AS entered ON entered.path = journeys.entry_page
WHERE (pages.section = $p2 OR starts_with(pages.section, $p3))
),
ways AS (
SELECT visit, entry_d0 AS d0, any_value(bounced) AS bounced, any_value(duration) AS duration, any_value(pageviews) AS pageviews
FROM matched
GROUP BY visit, entry_d0
),
counted AS (
SELECT d0, count(DISTINCT visitor) AS visitors, 0 AS duration, 0 AS landings, count(*) AS here
FROM matched WHERE d0 IS NOT NULL
GROUP BY d0
UNION ALL
SELECT d0, 0 AS visitors, sum(duration) AS duration, count(*) AS landings, 0 AS here
FROM ways WHERE d0 IS NOT NULL
GROUP BY d0
),
totals AS (
SELECT d0, CAST(coalesce(sum(visitors), 0) AS BIGINT) AS visitors, CAST(coalesce(sum(duration), 0) AS BIGINT) AS duration, CAST(coalesce(sum(landings), 0) AS BIGINT) AS landings
FROM counted
GROUP BY d0 HAVING sum(here) > 0
)
SELECT d0, coalesce(visitors, 0) AS visitors, CAST(round(duration / nullif(landings, 0)) AS BIGINT) AS visit_duration
FROM totals
ORDER BY visitors DESC NULLS LAST, d0 ASC NULLS LAST
LIMIT $p11 OFFSET $p12

-- p0 = 2026-10-20 22:00:00
-- p1 = 2026-11-17 23:00:00
-- p2 = Shop
-- p3 = Shop/
-- p4 = ?
-- p5 = /#/
-- p6 = /
-- p7 = #/
-- p8 = (?s)/shop/sale(?:/.*)?
-- p9 = Shop/Sale
-- p10 = 1
-- p11 = 10000
-- p12 = 0
