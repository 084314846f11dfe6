-- Before a month's roll-ups are made anew; they begin with the visits over midnight (close_month.sql).
UPDATE days SET outside = day IN (
    SELECT day FROM events
    WHERE settled = false AND inside = false AND day >= $month AND day < $month + INTERVAL 1 MONTH
)
WHERE day >= $month AND day < $month + INTERVAL 1 MONTH;

DROP TABLE outside;

DELETE FROM months WHERE month = $month;

DELETE FROM rollup_months WHERE month = $month;

DELETE FROM month_ends WHERE day >= $month AND day < $month + INTERVAL 1 MONTH;
