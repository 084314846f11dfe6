WITH rows AS (
SELECT visit, visitor, name, time, seq, path, hostname, interactive, gap
FROM events
WHERE time >= $p4 AND time < $p5
),
journeys AS (
SELECT visit, coalesce(arg_min(path, seq) FILTER (WHERE name = 'pageview'), '') AS entry_page, coalesce(arg_max(path, seq) FILTER (WHERE name = 'pageview'), '') AS exit_page, coalesce(arg_min(hostname, seq) FILTER (WHERE name = 'pageview'), '') AS entry_page_hostname, coalesce(arg_max(hostname, seq) FILTER (WHERE name = 'pageview'), '') AS exit_page_hostname, count(*) FILTER (WHERE name = 'pageview') = 1 AND count(*) FILTER (WHERE interactive AND name NOT IN ('pageview', 'engagement')) = 0 AS bounced, sum(gap) AS duration, count(*) FILTER (WHERE name = 'pageview') AS pageviews
FROM rows
GROUP BY visit
),
pages AS (
SELECT page, section, array_to_string(string_split(section, '/')[1:$p12 + CAST(starts_with(section, '/') AS INTEGER)], '/') AS level1
FROM (SELECT page, CASE WHEN regexp_full_match(folder, $p10) THEN $p11 ELSE folder END AS section
FROM (SELECT path AS page, coalesce(nullif(rtrim(replace(replace(split_part(path, $p6, 1), $p7, $p8), $p9, $p8), $p8), ''), $p8) AS folder
FROM (SELECT DISTINCT path
FROM rows)))
),
matched AS (
SELECT rows.visit, rows.visitor, rows.name, rows.time, journeys.bounced, journeys.duration, journeys.pageviews, pages.level1 AS d0, entered.level1 AS entry_d0
FROM rows JOIN journeys ON journeys.visit = rows.visit JOIN pages ON pages.page = rows.path LEFT JOIN pages AS entered ON entered.page = journeys.entry_page
WHERE (pages.section = $p0 OR starts_with(pages.section, $p1))
),
tallies AS (
SELECT d0, count(DISTINCT visitor) AS visitors
FROM matched
WHERE d0 IS NOT NULL
GROUP BY d0
),
ways AS (
SELECT visit, entry_d0 AS d0, any_value(bounced) AS bounced, any_value(duration) AS duration, any_value(pageviews) AS pageviews
FROM matched
GROUP BY visit, entry_d0
),
averages AS (
SELECT d0, CAST(round(sum(duration) / nullif(count(*), 0)) AS BIGINT) AS visit_duration
FROM ways
WHERE d0 IS NOT NULL
GROUP BY d0
)
SELECT tallies.d0 AS d0, coalesce(visitors, 0) AS visitors, visit_duration
FROM tallies LEFT JOIN averages ON averages.d0 = tallies.d0
ORDER BY visitors DESC NULLS LAST, d0 ASC NULLS LAST
LIMIT $p2 OFFSET $p3

-- p0 = Shop
-- p1 = Shop/
-- p2 = 10000
-- p3 = 0
-- p4 = 2026-10-20 22:00:00
-- p5 = 2026-11-17 23:00:00
-- p6 = ?
-- p7 = /#/
-- p8 = /
-- p9 = #/
-- p10 = (?s)/shop/sale(?:/.*)?
-- p11 = Shop/Sale
-- p12 = 1
