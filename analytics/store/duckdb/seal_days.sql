-- The rows of the days from $first to $last are as those of closed days are (seal.sql): the days are noted as closed.
DELETE FROM days WHERE day BETWEEN $first AND $last;

-- A day is of the zone if it has all rows of that time and no others. Where the site changed its zone some are of another's day:
-- such a day is of none, and is read by its times.
CREATE OR REPLACE TEMP TABLE mixed AS
WITH spans AS (SELECT unnest($days) AS day, unnest($starts) AS start, unnest($ends) AS stop)
SELECT DISTINCT spans.day FROM spans JOIN stored ON stored.day BETWEEN spans.day - 2 AND spans.day + 2
WHERE (stored.day = spans.day) <> (time >= start AND time < stop);

INSERT INTO days
SELECT
    day, $sealed_at, CASE WHEN day IN (FROM mixed) THEN '' ELSE $zone END, $rules, true, count(*),
    NOT bool_and(settled), NOT bool_and(settled)
FROM events WHERE day BETWEEN $first AND $last GROUP BY day;

DELETE FROM rollup_days WHERE day BETWEEN $first AND $last;

-- A closed month knows its rows by marks that are gone now (order_month.sql).
DELETE FROM rollup_months WHERE month BETWEEN date_trunc('month', $first) AND $last;

DELETE FROM month_ends WHERE date_trunc('month', day) BETWEEN date_trunc('month', $first) AND $last;

DELETE FROM months WHERE month BETWEEN date_trunc('month', $first) AND $last;

DROP TABLE mixed;

DROP TABLE unsettled;
