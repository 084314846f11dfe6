-- Rows of the days before $rows_before go, their totals stay; totals of the days before $totals_before go too. Null: none.
INSERT INTO dropped
SELECT day, $corrected, count(*) FROM set_aside WHERE removed AND day < CAST($rows_before AS DATE) GROUP BY day;

DELETE FROM set_aside WHERE day < CAST($rows_before AS DATE);

INSERT INTO unerased
SELECT 'old rows' WHERE EXISTS (FROM events WHERE day < CAST($rows_before AS DATE))
    OR EXISTS (FROM rollup_months WHERE month < CAST($totals_before AS DATE));

INSERT INTO retired SELECT day, count(*) FROM events WHERE day < CAST($rows_before AS DATE) GROUP BY day;

INSERT INTO prunings
SELECT $at, CAST($rows_before AS DATE), count(*) FROM events WHERE day < CAST($rows_before AS DATE);

DELETE FROM stored WHERE day < CAST($rows_before AS DATE);

DELETE FROM month_ends WHERE day < CAST($rows_before AS DATE);

-- What is kept apart of the days before $apart_before goes too, and of those whose rows went: it could not be restored.
INSERT INTO unerased
SELECT 'kept apart' WHERE EXISTS (
    FROM apart WHERE day < CAST($apart_before AS DATE) OR day < CAST($rows_before AS DATE)
);

DELETE FROM apart WHERE day < CAST($apart_before AS DATE) OR day < CAST($rows_before AS DATE);

DELETE FROM restored WHERE day < CAST($apart_before AS DATE) OR day < CAST($rows_before AS DATE);

DELETE FROM rollup_days WHERE day < CAST($totals_before AS DATE);

DELETE FROM rollup_months WHERE month < CAST($totals_before AS DATE);

DELETE FROM months WHERE month < CAST($totals_before AS DATE);

DELETE FROM days WHERE day < CAST($totals_before AS DATE);

DELETE FROM retired WHERE day < CAST($totals_before AS DATE);

DELETE FROM dropped WHERE day < CAST($totals_before AS DATE);

DELETE FROM left_out WHERE day < CAST($totals_before AS DATE);

DELETE FROM restarts WHERE day < CAST($totals_before AS DATE);
