-- A month that is over and whose days are sealed: roll-ups of the whole month, so that a year is a sum of twelve.
DELETE FROM rollup_months WHERE month = $month;

INSERT INTO rollup_months
SELECT dimension, $month, value,
    sum(visitors), sum(visits), sum(pageviews), sum(events), sum(engaged), sum(readers),
    sum(landings), sum(bounces), sum(duration), sum(views)
FROM rollup_days
WHERE day >= $month AND day < $month + INTERVAL 1 MONTH
GROUP BY dimension, value
ORDER BY dimension, value;

DELETE FROM months WHERE month = $month;

INSERT INTO months VALUES ($month, $rules);
