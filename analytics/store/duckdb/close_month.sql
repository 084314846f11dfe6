-- A month that is over and whose days are sealed: roll-ups of the whole month, so that a year is a sum of twelve. The
-- visits over its midnights stand in them already.
CREATE OR REPLACE TEMP TABLE closed AS
SELECT
    dimension, $month AS month, value,
    sum(visitors), sum(visits), sum(pageviews), sum(events), sum(engaged), sum(readers),
    sum(landings), sum(bounces), sum(duration), sum(views)
FROM (
    FROM rollup_days WHERE day >= $month AND day < $month + INTERVAL 1 MONTH
    UNION ALL
    FROM rollup_months WHERE month = $month
)
GROUP BY dimension, value
ORDER BY dimension, value;

DELETE FROM rollup_months WHERE month = $month;

INSERT INTO rollup_months FROM closed;

INSERT INTO months (month, rules, gathered) VALUES ($month, $rules, true);

DROP TABLE closed;
