-- Derives one day's visits from its events.
DELETE FROM visits WHERE day = $day;

INSERT INTO visits
SELECT
    day,
    visit,
    any_value(visitor),
    sum(gap),
    count(*) FILTER (name = 'pageview'),
    count(*) FILTER (name <> 'engagement'),
    coalesce(bool_or(interactive) FILTER (name NOT IN ('pageview', 'engagement')), false),
    arg_min(path, seq) FILTER (name = 'pageview'),
    arg_max(path, seq) FILTER (name = 'pageview')
FROM events
WHERE day = $day
GROUP BY day, visit;

DELETE FROM days WHERE day = $day;

INSERT INTO days VALUES ($day, $sealed_at);
