WITH rows AS NOT MATERIALIZED (
SELECT visit, visitor, name, time, props, source, path
FROM events WHERE time >= $p0 AND time < $p1
),
pages AS MATERIALIZED (
SELECT path, regexp_full_match(folder, $p12) AS match0
FROM (SELECT path, coalesce(nullif(rtrim(replace(replace(split_part(path, $p8, 1), $p9, $p10), $p11, $p10), $p10), ''), $p10) AS folder
FROM (SELECT DISTINCT path
FROM rows))
),
matched AS (
SELECT rows.visit, rows.visitor, rows.name, rows.time, unnest(list_filter([CASE WHEN ((rows.name = $p2 AND coalesce(map_extract_value(rows.props, $p3) = $p4, false))) THEN $p2 END]::VARCHAR[], lambda value: value IS NOT NULL)) AS d0, CASE WHEN rows.source = '' THEN $p5 ELSE rows.source END AS d1
FROM rows
WHERE ((rows.name = $p2 AND coalesce(map_extract_value(rows.props, $p3) = $p4, false)))
UNION ALL
SELECT rows.visit, rows.visitor, rows.name, rows.time, unnest(list_filter([CASE WHEN ((rows.name = $p6 AND pages.match0)) THEN $p7 END]::VARCHAR[], lambda value: value IS NOT NULL)) AS d0, CASE WHEN rows.source = '' THEN $p5 ELSE rows.source END AS d1
FROM rows JOIN pages ON pages.path = rows.path
WHERE ((rows.name = $p6 AND pages.match0))
),
counted AS (
SELECT d0, d1, count(DISTINCT visitor) AS visitors, count(*) AS here
FROM matched WHERE d0 IS NOT NULL AND d1 IS NOT NULL
GROUP BY d0, d1
),
totals AS (
SELECT d0, d1, CAST(coalesce(sum(visitors), 0) AS BIGINT) AS visitors
FROM counted
GROUP BY d0, d1 HAVING sum(here) > 0
),
everyone_rows AS NOT MATERIALIZED (
SELECT visit, visitor, name, time
FROM events WHERE time >= $p13 AND time < $p14
),
everyone_matched AS (
SELECT rows.visit, rows.visitor, rows.name, rows.time
FROM everyone_rows AS rows
),
everyone_counted AS (
SELECT count(DISTINCT visitor) AS visitors, count(*) AS here
FROM everyone_matched
),
everyone_totals AS (
SELECT CAST(coalesce(sum(visitors), 0) AS BIGINT) AS visitors
FROM everyone_counted
),
everyone AS (
SELECT visitors AS everyone_visitors
FROM everyone_totals
),
peers_rows AS NOT MATERIALIZED (
SELECT visit, visitor, name, time, source
FROM events WHERE time >= $p15 AND time < $p16
),
peers_matched AS (
SELECT rows.visit, rows.visitor, rows.name, rows.time, CASE WHEN rows.source = '' THEN $p5 ELSE rows.source END AS d0
FROM peers_rows AS rows
),
peers_counted AS (
SELECT d0, count(DISTINCT visitor) AS visitors, count(*) AS here
FROM peers_matched WHERE d0 IS NOT NULL
GROUP BY d0
),
peers_totals AS (
SELECT d0, CAST(coalesce(sum(visitors), 0) AS BIGINT) AS visitors
FROM peers_counted
GROUP BY d0 HAVING sum(here) > 0
),
peers AS (
SELECT d0 AS peers_d0, visitors AS peers_visitors
FROM peers_totals
)
SELECT d0, d1, coalesce(visitors, 0) AS visitors, round(100.0 * visitors / nullif(everyone_visitors, 0), 1) AS conversion_rate, round(100.0 * visitors / nullif(peers_visitors, 0), 1) AS group_conversion_rate
FROM totals CROSS JOIN everyone LEFT JOIN peers ON peers.peers_d0 = totals.d1
ORDER BY visitors DESC NULLS LAST, d0 ASC NULLS LAST, d1 ASC NULLS LAST
LIMIT $p17 OFFSET $p18

-- p0 = 2026-10-20 22:00:00
-- p1 = 2026-11-17 23:00:00
-- p2 = Order
-- p3 = plan
-- p4 = pro
-- p5 = Direct / None
-- p6 = pageview
-- p7 = Visit the blog
-- p8 = ?
-- p9 = /#/
-- p10 = /
-- p11 = #/
-- p12 = (?s)/blog(?:/.*)?
-- p13 = 2026-10-20 22:00:00
-- p14 = 2026-11-17 23:00:00
-- p15 = 2026-10-20 22:00:00
-- p16 = 2026-11-17 23:00:00
-- p17 = 10000
-- p18 = 0
