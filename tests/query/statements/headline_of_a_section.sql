WITH months AS (
SELECT unnest($p0) AS month
),
rows AS MATERIALIZED (
SELECT visit, visitor, name, time, path
FROM month_ends WHERE (day BETWEEN $p4 AND $p5)
),
pages AS MATERIALIZED (
SELECT path, CASE WHEN regexp_full_match(folder, $p10) THEN $p11 ELSE folder END AS section
FROM (SELECT path, coalesce(nullif(rtrim(replace(replace(split_part(path, $p6, 1), $p7, $p8), $p9, $p8), $p8), ''), $p8) AS folder
FROM (SELECT DISTINCT path
FROM rows))
),
matched AS (
SELECT rows.visit, rows.visitor, rows.name, rows.time
FROM rows JOIN pages ON pages.path = rows.path
WHERE (pages.section = $p1 OR starts_with(pages.section, $p2))
),
averages_rows AS MATERIALIZED (
SELECT visit, visitor, name, time, seq, path, hostname, interactive, gap
FROM events WHERE settled = false AND (day BETWEEN $p15 AND $p16)
),
averages_journeys AS (
SELECT visit, coalesce(arg_min(path, seq) FILTER (WHERE name = 'pageview'), '') AS entry_page, coalesce(arg_max(path, seq) FILTER (WHERE name = 'pageview'), '') AS exit_page, coalesce(arg_min(hostname, seq) FILTER (WHERE name = 'pageview'), '') AS entry_page_hostname, coalesce(arg_max(hostname, seq) FILTER (WHERE name = 'pageview'), '') AS exit_page_hostname, count(*) FILTER (WHERE name = 'pageview') = 1 AND count(*) FILTER (WHERE interactive AND name NOT IN ('pageview', 'engagement')) = 0 AS bounced, sum(gap) AS duration, count(*) FILTER (WHERE name = 'pageview') AS pageviews
FROM averages_rows
GROUP BY visit
),
averages_pages AS MATERIALIZED (
SELECT path, CASE WHEN regexp_full_match(folder, $p10) THEN $p11 ELSE folder END AS section
FROM (SELECT path, coalesce(nullif(rtrim(replace(replace(split_part(path, $p6, 1), $p7, $p8), $p9, $p8), $p8), ''), $p8) AS folder
FROM (SELECT DISTINCT path
FROM averages_rows))
),
averages_matched AS (
SELECT rows.visit, rows.visitor, rows.name, rows.time, journeys.bounced, journeys.duration, journeys.pageviews
FROM averages_rows AS rows JOIN averages_journeys AS journeys ON journeys.visit = rows.visit JOIN averages_pages AS pages ON pages.path = rows.path
WHERE (pages.section = $p1 OR starts_with(pages.section, $p2))
),
averages_ways AS (
SELECT visit, any_value(bounced) AS bounced, any_value(duration) AS duration, any_value(pageviews) AS pageviews
FROM averages_matched
GROUP BY visit
),
counted AS (
SELECT sum(rolled.visitors) AS visitors, sum(rolled.pageviews) AS pageviews, 0 AS bounces, 0 AS landings, count(*) AS here
FROM rollup_months AS rolled JOIN months AS calendar ON calendar.month = rolled.month WHERE rolled.dimension = $p3 AND (rolled.value = $p1 OR starts_with(rolled.value, $p2))
UNION ALL
SELECT count(DISTINCT visitor) AS visitors, count(*) FILTER (WHERE name = 'pageview') AS pageviews, 0 AS bounces, 0 AS landings, count(*) AS here
FROM matched
UNION ALL
SELECT 0 AS visitors, 0 AS pageviews, count(*) FILTER (WHERE rows.bounced) AS bounces, count(*) AS landings, count(*) AS here
FROM stored AS rows WHERE rows.settled AND (rows.day BETWEEN $p12 AND $p13) AND rows.entry AND (contains(rows.places, $p14))
UNION ALL
SELECT 0 AS visitors, 0 AS pageviews, 0 AS bounces, 0 AS landings, count(*) AS here
FROM averages_matched
HAVING false
UNION ALL
SELECT 0 AS visitors, 0 AS pageviews, count(*) FILTER (WHERE bounced) AS bounces, count(*) AS landings, 0 AS here
FROM averages_ways
),
totals AS (
SELECT CAST(coalesce(sum(visitors), 0) AS BIGINT) AS visitors, CAST(coalesce(sum(pageviews), 0) AS BIGINT) AS pageviews, CAST(coalesce(sum(bounces), 0) AS BIGINT) AS bounces, CAST(coalesce(sum(landings), 0) AS BIGINT) AS landings
FROM counted
)
SELECT coalesce(visitors, 0) AS visitors, coalesce(pageviews, 0) AS pageviews, CAST(round(100.0 * bounces / nullif(landings, 0)) AS BIGINT) AS bounce_rate
FROM totals
LIMIT $p17 OFFSET $p18

-- p0 = [datetime.date(2026, 9, 1), datetime.date(2026, 10, 1)]
-- p1 = Shop
-- p2 = Shop/
-- p3 = event:section
-- p4 = 2026-09-01
-- p5 = 2026-10-31
-- p6 = ?
-- p7 = /#/
-- p8 = /
-- p9 = #/
-- p10 = (?s)/shop/sale(?:/.*)?
-- p11 = Shop/Sale
-- p12 = 2026-09-01
-- p13 = 2026-10-31
-- p14 = \nShop\n
-- p15 = 2026-09-01
-- p16 = 2026-10-31
-- p17 = 10000
-- p18 = 0
