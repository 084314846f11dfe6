WITH found_rows AS NOT MATERIALIZED (
SELECT visit, visitor, name, time, seq, path
FROM events WHERE time >= $p0 AND time < $p1
),
found_pages AS MATERIALIZED (
SELECT path, CASE WHEN regexp_full_match(folder, $p9) THEN $p10 ELSE folder END AS section
FROM (SELECT path, coalesce(nullif(rtrim(replace(replace(split_part(path, $p5, 1), $p6, $p7), $p8, $p7), $p7), ''), $p7) AS folder
FROM (SELECT DISTINCT path
FROM found_rows))
),
found_matched AS (
SELECT rows.visit, rows.visitor, rows.name, rows.time, rows.seq AS d0
FROM found_rows AS rows JOIN found_pages AS pages ON pages.path = rows.path
WHERE ((pages.section = $p2 OR starts_with(pages.section, $p3)) AND (rows.name IN ($p4)))
),
found AS MATERIALIZED (
SELECT visit, visitor, d0 AS seq
FROM found_matched
),
views_rows AS NOT MATERIALIZED (
SELECT visit, visitor, name, time, seq, path
FROM events WHERE time >= $p0 AND time < $p1 AND visit IN (SELECT visit
FROM found)
),
views_pages AS MATERIALIZED (
SELECT path, section, array_to_string(string_split(section, '/')[1:$p12 + CAST(starts_with(section, '/') AS INTEGER)], '/') AS level1
FROM (SELECT path, CASE WHEN regexp_full_match(folder, $p9) THEN $p10 ELSE folder END AS section
FROM (SELECT path, coalesce(nullif(rtrim(replace(replace(split_part(path, $p5, 1), $p6, $p7), $p8, $p7), $p7), ''), $p7) AS folder
FROM (SELECT DISTINCT path
FROM views_rows)))
),
views_matched AS (
SELECT rows.visit, rows.visitor, rows.name, rows.time, rows.seq AS d0, CASE WHEN (pages.section = $p2 OR starts_with(pages.section, $p3)) THEN $p11 ELSE pages.level1 END AS d1
FROM views_rows AS rows JOIN views_pages AS pages ON pages.path = rows.path
WHERE (rows.name IN ($p4))
),
views AS (
SELECT visit, visitor, d0 AS seq, d1 AS node
FROM views_matched
),
moves AS (
SELECT *, node IS DISTINCT FROM lag(node) OVER (PARTITION BY visit ORDER BY seq) AS moved
FROM views
),
stops AS (
SELECT visit, visitor, node, row_number() OVER (PARTITION BY visit ORDER BY seq) AS place
FROM moves
WHERE moved
),
anchors AS (
SELECT visit, arg_min(visitor, place) AS visitor, min(place) AS place
FROM stops
WHERE node = $p11
GROUP BY visit
),
way AS (
SELECT stops.visit, anchors.visitor, stops.place - anchors.place AS step, stops.node
FROM stops JOIN anchors ON anchors.visit = stops.visit
WHERE stops.place - anchors.place BETWEEN $p13 AND $p14
),
nodes AS (
SELECT step, node, CAST(number AS SMALLINT) AS number
FROM (SELECT step, node, row_number() OVER (PARTITION BY step ORDER BY count(*) DESC, node) AS number
FROM way
WHERE step <> 0
GROUP BY step, node)
WHERE number <= $p15
),
walks AS (
SELECT any_value(visitor) AS visitor, CAST(0 AS SMALLINT) AS near, coalesce(max(coalesce(number, CAST(51 AS SMALLINT))) FILTER (WHERE way.step = -1), CAST(52 AS SMALLINT)) AS step_1, coalesce(max(coalesce(number, CAST(51 AS SMALLINT))) FILTER (WHERE way.step = 1), CAST(52 AS SMALLINT)) AS step1, coalesce(max(coalesce(number, CAST(51 AS SMALLINT))) FILTER (WHERE way.step = 2), CAST(52 AS SMALLINT)) AS step2
FROM way LEFT JOIN nodes ON nodes.step = way.step AND nodes.node = way.node
GROUP BY visit
),
links_1 AS (
SELECT near, next, visits, CASE WHEN visitors < $p16 THEN CAST(51 AS SMALLINT) ELSE next END AS far
FROM (SELECT near, step_1 AS next, count(*) AS visits, count(DISTINCT visitor) AS visitors
FROM walks
GROUP BY near, next)
),
links1 AS (
SELECT near, next, visits, CASE WHEN visitors < $p16 THEN CAST(51 AS SMALLINT) ELSE next END AS far
FROM (SELECT near, step1 AS next, count(*) AS visits, count(DISTINCT visitor) AS visitors
FROM walks
GROUP BY near, next)
),
walks1 AS (
SELECT walks.visitor, links1.far AS near, step2
FROM walks JOIN links1 ON links1.near = walks.near AND links1.next = walks.step1
WHERE links1.far <> CAST(52 AS SMALLINT)
),
links2 AS (
SELECT near, next, visits, CASE WHEN visitors < $p16 THEN CAST(51 AS SMALLINT) ELSE next END AS far
FROM (SELECT near, step2 AS next, count(*) AS visits, count(DISTINCT visitor) AS visitors
FROM walks1
GROUP BY near, next)
),
links AS (
SELECT -1 AS step, 0 AS step_before, near, far, CAST(sum(visits) AS BIGINT) AS visits
FROM links_1
GROUP BY near, far
UNION ALL
SELECT 1 AS step, 0 AS step_before, near, far, CAST(sum(visits) AS BIGINT) AS visits
FROM links1
GROUP BY near, far
UNION ALL
SELECT 2 AS step, 1 AS step_before, near, far, CAST(sum(visits) AS BIGINT) AS visits
FROM links2
GROUP BY near, far
)
SELECT links.step, links.near, nearer.node, links.far, farther.node, links.visits
FROM links
LEFT JOIN nodes AS nearer ON nearer.step = links.step_before AND nearer.number = links.near
LEFT JOIN nodes AS farther ON farther.step = links.step AND farther.number = links.far

-- p0 = 2026-10-20 22:00:00
-- p1 = 2026-11-17 23:00:00
-- p2 = Shop
-- p3 = Shop/
-- p4 = pageview
-- p5 = ?
-- p6 = /#/
-- p7 = /
-- p8 = #/
-- p9 = (?s)/shop/sale(?:/.*)?
-- p10 = Shop/Sale
-- p11 = (here)
-- p12 = 1
-- p13 = -1
-- p14 = 2
-- p15 = 10
-- p16 = 5
